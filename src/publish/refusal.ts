import type { ResourceKey } from '../lib/key.ts';
import type { TypeUrl } from './type-table.ts';

/** A version that a proxy refused when it came alone, and that no proxy has ACKed. */
export interface Refused {
  readonly version: string;
  /** Why, in the proxy's own words. */
  readonly message: string;
  /** When it was refused, on the clock's scale. */
  readonly since: number;
}

/** What proxies of a Gateway refuse. Its last good version is served instead, if one is known. */
export interface Refusal extends Refused {
  readonly type: TypeUrl;
  readonly name: string;
  /** Of a RouteConfiguration the domain of the route, of a filter slot the chain that is refused; undefined: not known. */
  readonly domain?: string;
  /** Objects whose fault it is. */
  readonly madeOf: readonly ResourceKey[];
}
