import { isIndexKey, type IndexKey, type ReadKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import type { Row, RowChange } from '../kinds/row.ts';
import { Index } from './index-members.ts';

/** Effect of a set of changes; a row that equals the stored one has none. */
export interface StoreEffect {
  readonly changed: readonly ReadKey[];
  readonly started: readonly UnitName[];
  readonly ended: readonly UnitName[];
}

/** Latest row of every object, with the indexes over them. A change costs O(indexes and units of that row). */
export class Store {
  readonly #rows = new Map<ResourceKey, Row>();
  readonly #indexes = new Map<IndexKey, Index>();
  /** Number of rows that name each root unit. */
  readonly #rowsOfUnit = new Map<UnitName, number>();

  apply(changes: readonly RowChange[]): StoreEffect {
    const changed = new Set<ReadKey>();
    const rowsBefore = new Map<UnitName, number>();
    for (const change of changes) {
      const key = change.kind === 'put' ? change.row.key : change.key;
      const before = this.#rows.get(key);
      const after = change.kind === 'put' ? change.row : undefined;
      if (before === undefined ? after === undefined : after !== undefined && equal(before, after)) continue;
      changed.add(key);
      if (after === undefined) this.#rows.delete(key);
      else this.#rows.set(key, after);
      this.#moveIndexes(key, before?.indexes ?? [], after?.indexes ?? [], changed);
      for (const unit of before?.units ?? []) this.#countUnit(unit, -1, rowsBefore);
      for (const unit of after?.units ?? []) this.#countUnit(unit, 1, rowsBefore);
    }
    const started: UnitName[] = [];
    const ended: UnitName[] = [];
    for (const [unit, before] of rowsBefore) {
      const now = this.#rowsOfUnit.get(unit) ?? 0;
      if (before === 0 && now > 0) started.push(unit);
      if (before > 0 && now === 0) ended.push(unit);
    }
    return { changed: [...changed], started, ended };
  }

  /** Returns the bytes of a row, or of the member list of an index; undefined for a row that does not exist. */
  read(key: ReadKey): Uint8Array | undefined {
    if (isIndexKey(key)) return this.#indexes.get(key)?.bytes ?? noMembers;
    return this.#rows.get(key)?.bytes;
  }

  /** Returns keys that a reader of this one is likely to read next: the hints of a row, or the members of an index. */
  follow(key: ReadKey): Iterable<ReadKey> {
    if (isIndexKey(key)) return this.#indexes.get(key)?.members ?? [];
    return this.#rows.get(key)?.follow ?? [];
  }

  fleetOf(key: ResourceKey): Row['fleet'] {
    return this.#rows.get(key)?.fleet;
  }

  keys(): IterableIterator<ResourceKey> {
    return this.#rows.keys();
  }

  #moveIndexes(
    key: ResourceKey,
    before: readonly IndexKey[],
    after: readonly IndexKey[],
    changed: Set<ReadKey>,
  ) {
    for (const name of before) {
      if (after.includes(name)) continue;
      const index = this.#indexes.get(name);
      index?.delete(key);
      if (index?.size === 0) this.#indexes.delete(name);
      changed.add(name);
    }
    for (const name of after) {
      if (before.includes(name)) continue;
      let index = this.#indexes.get(name);
      if (index === undefined) this.#indexes.set(name, (index = new Index()));
      index.add(key);
      changed.add(name);
    }
  }

  #countUnit(unit: UnitName, step: number, rowsBefore: Map<UnitName, number>) {
    const count = this.#rowsOfUnit.get(unit) ?? 0;
    if (!rowsBefore.has(unit)) rowsBefore.set(unit, count);
    if (count + step === 0) this.#rowsOfUnit.delete(unit);
    else this.#rowsOfUnit.set(unit, count + step);
  }
}

const noMembers = new Uint8Array(0);

function equal(a: Row, b: Row): boolean {
  return Buffer.compare(a.bytes, b.bytes) === 0;
}
