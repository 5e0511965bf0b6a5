import type { ResourceKey } from '../lib/key.ts';
import type { TypeUrl } from './type-table.ts';

/** A version that a proxy refused when it came alone, and that no proxy has ACKed. */
export interface Refused {
  readonly version: string;
  /** The proxy's own words. */
  readonly message: string;
  /** When it was refused, on the clock's scale. */
  readonly since: number;
}

/** A resource that proxies of a fleet refuse. Its last good version is served instead, if one is known. */
export interface Refusal extends Refused {
  readonly type: TypeUrl;
  readonly name: string;
  /** The domain of a refused route, or the refused chain of a filter slot; undefined: not known. */
  readonly domain?: string;
  /** Objects whose fault it is. */
  readonly madeOf: readonly ResourceKey[];
}
