import type { LimitClass } from '../units/limit-chain.ts';

/** Limits of the requests of a rule, in each proxy. */
export interface LimitsIR {
  /** The filter that has the buckets; undefined: the route has them itself, since its tests are too many. */
  readonly filter: { readonly slot: string; readonly chain: string } | undefined;
  readonly rules: readonly LimitIR[];
  /** The limit of requests that no rule is for. */
  readonly rest: LimitIR | undefined;
}

export interface RouteLimitsIR extends LimitsIR {
  /** Name of the route's own buckets in those of the filter. */
  readonly bucket: string;
}

export interface LimitIR {
  readonly key: string;
  readonly of: LimitClass;
  readonly headers: 'Off' | 'DraftVersion03' | undefined;
  /** Lists of tests, of which all of one have to be met; no request meets two of the lists. */
  readonly ways: readonly (readonly LimitTestIR[])[];
  /** Each value of these has a bucket; a request without one is not meant. */
  readonly each: readonly LimitValueIR[];
}

/** A test of a request. `isMet`: what is asked of all of its parts together. */
export type LimitTestIR =
  | { readonly kind: 'headers'; readonly isMet: boolean; readonly of: readonly HeaderTestIR[] }
  | { readonly kind: 'params'; readonly isMet: boolean; readonly of: readonly ValueTestIR[] }
  | { readonly kind: 'address'; readonly isMet: boolean; readonly range: string };

export interface ValueTestIR {
  readonly name: string;
  /** Matches the whole value; undefined: any value. */
  readonly regex: string | undefined;
}

export interface HeaderTestIR extends ValueTestIR {
  /** Asks for another value, or none. */
  readonly isInverted: boolean;
}

export type LimitValueIR =
  | { readonly kind: 'header' | 'param'; readonly name: string }
  | { readonly kind: 'address' };

/** A filter with the buckets of some classes. `part` names it in xDS. */
export interface LimitChainIR {
  readonly part: string;
  readonly chain: string;
  readonly classes: readonly { readonly key: string; readonly of: LimitClass }[];
}
