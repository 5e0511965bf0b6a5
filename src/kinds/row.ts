import type { ReadKey, IndexKey, ResourceKey, UnitName } from '../lib/key.ts';
import type { FleetKey } from '../units/fleet-key.ts';

/** A watched object as translation reads it, encoded once. The store drops a row with equal bytes. */
export interface Row {
  readonly key: ResourceKey;
  /** Made by the kind's `parse`, read in a worker by `decodeRow`. Deterministic. */
  readonly bytes: Uint8Array;
  readonly indexes: readonly IndexKey[];
  readonly units: readonly UnitName[];
  /** Keys that a reader is likely to read next. Saves round trips: a wrong list costs time, never correctness. */
  readonly follow: readonly ReadKey[];
  /** Fleet of units that are named after the object, when these do not name it. */
  readonly fleet?: FleetKey | undefined;
  /** When the object says that it was changed, in milliseconds since 1970. Not part of the bytes: another date alone is no change. */
  readonly changedAtMs?: number | undefined;
}

/** A row that a unit makes. The store takes it like a row of a source. Indexes, units and hints follow from key and bytes. */
export interface DerivedRow extends Omit<Row, 'units' | 'fleet' | 'changedAtMs'> {
  /** Their levels are higher than the maker's. */
  readonly units?: readonly UnitName[];
}

/** Step of a source: the object has this row now, or is deleted. */
export type RowChange =
  | { readonly kind: 'put'; readonly row: Row }
  | { readonly kind: 'delete'; readonly key: ResourceKey };

/** A problem of a user's object; `path` is a field path such as `spec.rules[0].matches[1].path.value`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export type ParsedRow =
  | {
      readonly kind: 'row';
      readonly row: Row;
      /** Parts of the object that could not be read; see `unreadable.ts`. */
      readonly problems?: readonly Problem[];
    }
  /** An object without kind, name or namespace, which cannot be told from others. */
  | {
      readonly kind: 'invalid';
      readonly problems: readonly Problem[];
    };
