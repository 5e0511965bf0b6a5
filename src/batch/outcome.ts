import type { Notice } from '../kinds/notice.ts';
import type { DerivedRow } from '../kinds/row.ts';
import type { ReadKey, ResourceKey, UnitName } from '../lib/key.ts';

/** Holds one xDS resource as it is sent: `bytes` is the value of its Any, `version` their hash. */
export interface XdsResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly version: string;
  readonly bytes: Uint8Array;
  /** Objects to blame when a proxy rejects the resource. */
  readonly madeOf: readonly ResourceKey[];
  /** Resources of other types that a proxy requests because of this one. */
  readonly names: readonly ResourceName[];
  /**
   * Code of plugins, too large to cross threads with each translation: `position:sha256` for each piece, with commas
   * between. The position is in `bytes`, the SHA-256 in hexadecimal. `version` covers both.
   */
  readonly blob?: string;
}

export interface ResourceName {
  readonly typeUrl: string;
  readonly name: string;
}

/** Part of one domain of a RouteConfiguration. The domain exists while it has a fragment, even one without entries. */
export interface RouteFragment {
  readonly routeConfiguration: string;
  readonly domain: string;
  /** The object that it belongs to. A domain has one fragment of each owner. */
  readonly owner: ResourceKey;
  /** Hash of the entries and their places. */
  readonly version: string;
  readonly entries: readonly RouteEntry[];
  /** Objects to blame when a proxy rejects the fragment; the owner is the first. */
  readonly madeOf: readonly ResourceKey[];
}

export interface RouteEntry {
  /**
   * Place in the domain, which is sorted by these texts (by code unit): precedence and age, then a name that only this
   * entry has and that stays the same when its object is created again.
   */
  readonly order: string;
  readonly rule: string;
  /** Whole `VirtualHost.routes` fields: tag, length, value. */
  readonly bytes: Uint8Array;
}

/** Facts about a rule beside its entries, by which the rule can be left out of an output or kept in the next one. */
export interface RulePart {
  /** Name of the rule, or a hash of its matches: independent of its position in the route. */
  readonly rule: string;
  /** Units among the output's `refs` that the rule's entries need. */
  readonly refs: readonly UnitName[];
  /** Rows that the rule asked for and that do not exist. */
  readonly absent: readonly ResourceKey[];
}

/** Result of one unit's translation. */
export interface UnitOutput {
  /** A RouteConfiguration is here without its virtual hosts, which are joined from fragments of several units. */
  readonly resources: readonly XdsResource[];
  readonly fragments: readonly RouteFragment[];
  readonly rules: readonly RulePart[];
  /** Units whose resources a proxy must have before it uses this unit's. */
  readonly refs: readonly UnitName[];
  /** Wanted status of one object, as JSON; undefined when Sluice does not report on the object. */
  readonly report: { readonly object: ResourceKey; readonly status: string } | undefined;
  /** Facts that no status can say, mostly none. */
  readonly notices: readonly Notice[];
  /** Listeners that a route is attached to, or the Gateway of a ListenerSet; see `units/attachment-key.ts`. */
  readonly attachments: readonly string[];
  /** Derived rows; they replace those of the unit's last output. */
  readonly rows: readonly DerivedRow[];
}

export const noOutput: UnitOutput = {
  resources: [],
  fragments: [],
  rules: [],
  refs: [],
  report: undefined,
  notices: [],
  attachments: [],
  rows: [],
};

/**
 * Result of one unit of a batch. A value, as an error would lose its fields between threads. `micros`: time of the
 * translation, 0 where it is not measured.
 */
export type Outcome =
  /** `reads` has every key that was asked for, found or not: the unit depends on them until its next translation. */
  | {
      readonly kind: 'ok';
      readonly unit: UnitName;
      readonly reads: readonly ReadKey[];
      readonly output: UnitOutput;
      readonly micros: number;
    }
  /** Rows that the batch lacked: the unit is sent again with them. */
  | {
      readonly kind: 'need';
      readonly unit: UnitName;
      readonly reads: readonly ReadKey[];
      readonly needs: readonly ReadKey[];
      readonly micros: number;
    }
  /** Not started, as the batch had used up its time: the unit is sent again. */
  | { readonly kind: 'later'; readonly unit: UnitName; readonly reads: readonly ReadKey[] }
  /** A bug of Sluice. The unit keeps its last good output until a row in `reads` changes. */
  | {
      readonly kind: 'fault';
      readonly unit: UnitName;
      readonly reads: readonly ReadKey[];
      readonly message: string;
      readonly micros: number;
    };
