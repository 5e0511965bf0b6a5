import type { ResourceKey } from '../lib/key.ts';
import type { TypeUrl } from './type-table.ts';

/** A version that a proxy rejected when it came alone, and that no proxy has ACKed. */
export interface RejectedVersion {
  readonly version: string;
  /** The proxy's own words. */
  readonly message: string;
  /** When it was rejected, on the clock's scale. */
  readonly since: number;
}

/** A resource that proxies of a fleet reject. Its last good version is served instead, if one is known. */
export interface Rejection extends RejectedVersion {
  readonly type: TypeUrl;
  readonly name: string;
  /** The domain of a rejected route, or the rejected chain of a filter slot; undefined: not known. */
  readonly domain?: string;
  /** Objects whose fault it is. */
  readonly madeOf: readonly ResourceKey[];
}
