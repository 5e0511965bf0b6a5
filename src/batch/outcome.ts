import type { DerivedRow } from '../kinds/row.ts';
import type { ReadKey, ResourceKey, UnitName } from '../lib/key.ts';

/** One xDS resource, ready for the wire: `bytes` is the value of its Any, `version` the hash of these bytes. */
export interface XdsResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly version: string;
  readonly bytes: Uint8Array;
  /** Objects whose fault it is when a proxy rejects this. */
  readonly madeOf: readonly ResourceKey[];
  /** Resources of other types that a proxy asks for because of this one. */
  readonly names: readonly ResourceName[];
  /**
   * Code of plugins, which is too large to cross threads with each translation: for each piece the position in `bytes` at
   * which it belongs, and its SHA-256 in hexadecimal, as `position:sha256`, with commas between. The version is of both.
   */
  readonly blob?: string;
}

export interface ResourceName {
  readonly typeUrl: string;
  readonly name: string;
}

/**
 * A part of one domain of a RouteConfiguration. The domain exists while any fragment is of it, be it one without entries.
 * The entries of all its fragments stand there in one order.
 */
export interface RouteFragment {
  readonly routeConfiguration: string;
  readonly domain: string;
  /** The object that it belongs to: no other fragment of the domain has the same. */
  readonly owner: ResourceKey;
  /** Hash of the entries and their places. */
  readonly version: string;
  readonly entries: readonly RouteEntry[];
  /** Objects whose fault it is when a proxy rejects this; the owner is the first. */
  readonly madeOf: readonly ResourceKey[];
}

export interface RouteEntry {
  /**
   * Place in its domain: entries stand in the order of these texts, by code unit. Two words, precedence and age, are before
   * the name, which is of this entry alone and stays the same when its object is made again.
   */
  readonly order: string;
  /** Name of a {@link RulePart} of the same output. */
  readonly rule: string;
  /** Whole `VirtualHost.routes` fields: tag, length, value. */
  readonly bytes: Uint8Array;
}

/** Belongs to a rule of a route beside its entries, so that the rule can be left out of an output or kept in the next one. */
export interface RulePart {
  /** The rule's own name, or a hash of its matches: the same wherever it stands in its route. */
  readonly rule: string;
  /** Those of the output's `refs` that the rule's entries need. */
  readonly refs: readonly UnitName[];
  /** Rows that the rule asks for and that do not exist. */
  readonly absent: readonly ResourceKey[];
}

/** Everything that one unit's translation gives. */
export interface UnitOutput {
  /** A RouteConfiguration stands here without its virtual hosts, which are put together from fragments of several units. */
  readonly resources: readonly XdsResource[];
  readonly fragments: readonly RouteFragment[];
  readonly rules: readonly RulePart[];
  /** Units whose resources must be with a proxy before this unit's are used. */
  readonly refs: readonly UnitName[];
  /** Wanted status of one object, as JSON; undefined when the object is not ours to report on. */
  readonly report: { readonly object: ResourceKey; readonly status: string } | undefined;
  /** Listeners that a route is attached to, as `gatewayNamespace/gateway/listener`. */
  readonly attachments: readonly string[];
  /** Derived rows, in place of all that the unit has made before. */
  readonly rows: readonly DerivedRow[];
}

export const noOutput: UnitOutput = {
  resources: [],
  fragments: [],
  rules: [],
  refs: [],
  report: undefined,
  attachments: [],
  rows: [],
};

/**
 * Result of one unit of a batch. Crosses threads as a value, since an error would lose its fields. `micros` is the time that the
 * translation took; 0 where it is not measured.
 */
export type Outcome =
  /** `reads` is every key that was asked for, found or not: the unit's dependencies until its next translation. */
  | {
      readonly kind: 'ok';
      readonly unit: UnitName;
      readonly reads: readonly ReadKey[];
      readonly output: UnitOutput;
      readonly micros: number;
    }
  /** Rows that the batch lacked; the unit goes again with them. */
  | {
      readonly kind: 'need';
      readonly unit: UnitName;
      readonly reads: readonly ReadKey[];
      readonly needs: readonly ReadKey[];
      readonly micros: number;
    }
  /** Not begun, as the time of its batch was over; the unit goes again. */
  | { readonly kind: 'later'; readonly unit: UnitName; readonly reads: readonly ReadKey[] }
  /** Our bug. The unit keeps its last good output until one of the rows in `reads` changes. */
  | {
      readonly kind: 'fault';
      readonly unit: UnitName;
      readonly reads: readonly ReadKey[];
      readonly message: string;
      readonly micros: number;
    };
