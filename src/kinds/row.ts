import type { ReadKey, IndexKey, ResourceKey, UnitName } from '../lib/key.ts';

/**
 * A watched object, trimmed to what translation reads and encoded once. Equal bytes mean that nothing that Sluice reads
 * has changed: the store drops an equal row.
 */
export interface Row {
  readonly key: ResourceKey;
  /** Made by the kind's `parse`, read in a worker by `decodeRow`. Deterministic. */
  readonly bytes: Uint8Array;
  readonly indexes: readonly IndexKey[];
  /** Units that exist while this row does. */
  readonly units: readonly UnitName[];
  /**
   * Keys that a reader of this row is likely to read next. Only saves round trips: translation asks for what is missing,
   * so a wrong or empty list costs time and never correctness.
   */
  readonly follow: readonly ReadKey[];
}

/**
 * A row that a unit makes: a result that several units need. The store takes it like a row of a source; its readers are
 * translated when its bytes change. Indexes and hints follow from the key and the bytes alone.
 */
export type DerivedRow = Omit<Row, 'units'>;

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
