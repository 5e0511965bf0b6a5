import type { ReadKey, IndexKey, ResourceKey, UnitName } from '../lib/key.ts';

/**
 * A watched object, trimmed to what translation reads and encoded once, at the door.
 *
 * Equal bytes mean that nothing Sluice cares about has changed, so an equal row goes no further than the store.
 */
export interface Row {
  readonly key: ResourceKey;
  /** Encoded by the kind's own `encode`, decoded in a worker by its `decode`. Deterministic. */
  readonly bytes: Uint8Array;
  /** The indexes that this row is a member of. */
  readonly indexes: readonly IndexKey[];
  /** The units that exist because this row does. */
  readonly units: readonly UnitName[];
  /**
   * What a unit that reads this row is likely to read next. Only saves round trips: translation asks for what is
   * missing, so a wrong or empty list costs time and never correctness.
   */
  readonly follow: readonly ReadKey[];
}

/**
 * A row that a unit makes: a result that several units need. The store takes it like a row of a source, and what reads it is
 * translated when its bytes are others. Indexes and hints follow from the key and the bytes alone, as those of any row.
 */
export type DerivedRow = Omit<Row, 'units'>;

/** One step of a source: the object is now this row, or is gone. */
export type RowChange =
  | { readonly kind: 'put'; readonly row: Row }
  | { readonly kind: 'delete'; readonly key: ResourceKey };

/** What is wrong with a user's object; `path` is a field path such as `spec.rules[0].matches[1].path.value`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export type ParsedRow =
  | {
      readonly kind: 'row';
      readonly row: Row;
      /** Parts of the object that could not be read; see `unreadable.ts`. None unless given. */
      readonly problems?: readonly Problem[];
    }
  /** Not an object that can be told from others: without kind, name or namespace. */
  | {
      readonly kind: 'invalid';
      readonly problems: readonly Problem[];
    };
