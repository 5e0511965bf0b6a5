import {
  isIndexKey,
  resourceKey,
  type IndexKey,
  type ReadKey,
  type ResourceKey,
  type UnitName,
} from '../../../src/lib/key.ts';
import type { Kind, RowTypes } from '../../../src/kinds/kinds.ts';
import { decodeRow } from '../../../src/kinds/decode.ts';
import { parseObject } from '../../../src/kinds/door.ts';
import type { DerivedRow, Row } from '../../../src/kinds/row.ts';
import { settingRows } from '../../../src/kinds/own/setting-rows.ts';
import type { Settings } from '../../../src/kinds/own/settings.ts';
import type { Reader } from '../../../src/translate/reader.ts';
import { translateUnit } from '../../../src/translate/translate.ts';
import { lastLevel } from '../../../src/units/unit-def.ts';
import { levelOf, makerOf, namesUnits, objectIn, parseUnitName } from '../../../src/units/unit.ts';

/** A reader over manifests. One without a valid row fails the test; `rows` takes others. It has every row. */
export class MemoryReader implements Reader {
  readonly rows = new Map<ResourceKey, Row>();
  readonly reads = new Set<ReadKey>();
  readonly expected = new Set<ReadKey>();
  /** Reads rows that units of lower levels make. */
  readonly #level: number;

  constructor(manifests: readonly object[], settings: Partial<Settings> = {}, level: number = lastLevel) {
    this.#level = level;
    for (const row of settingRows({ controllerName, allowLoopbackEndpoints: false, ...settings }))
      this.rows.set(row.key, row);
    for (const manifest of manifests) this.put(manifest);
  }

  put(manifest: object): void {
    const parsed = parseObject(manifest);
    if (parsed.kind !== 'row') throw new Error(`not a row: ${JSON.stringify(parsed)}`);
    this.rows.set(parsed.row.key, parsed.row);
  }

  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined {
    const key = resourceKey(kind, namespace, name);
    this.reads.add(key);
    const row = this.#row(key);
    return row === undefined ? undefined : decodeRow(kind, row.bytes);
  }

  index(key: IndexKey): readonly ResourceKey[] {
    this.reads.add(key);
    const named = [...this.rows.values()].flatMap(({ units }) => units);
    const byRows = named
      .filter(namesUnits)
      .flatMap((maker) => this.#madeBy(maker).flatMap(({ units = [] }) => units));
    const makers = new Set([...named, ...byRows].filter((unit) => levelOf(unit) < this.#level));
    return [...this.rows.values(), ...[...makers].flatMap((unit) => this.#madeBy(unit))]
      .filter((row) => row.indexes.includes(key))
      .map((row) => row.key)
      .sort();
  }

  /** The hints of a row; of an index, its members. */
  follow(key: ReadKey): readonly ReadKey[] {
    if (isIndexKey(key)) return this.index(key);
    return this.#row(key)?.follow ?? [];
  }

  #row(key: ResourceKey): DerivedRow | undefined {
    const maker = makerOf(key);
    return maker === undefined ? this.rows.get(key) : this.#madeBy(maker).find((row) => row.key === key);
  }

  /** As in the pipeline, a row exists because its unit has made it. */
  #madeBy(unit: UnitName): readonly DerivedRow[] {
    if (levelOf(unit) >= this.#level || !this.#isAlive(unit)) return [];
    const maker = new MemoryReader([], {}, levelOf(unit));
    maker.rows.clear();
    for (const [key, row] of this.rows) maker.rows.set(key, row);
    return translateUnit(parseUnitName(unit), maker).rows;
  }

  #isAlive(unit: UnitName): boolean {
    const named = [...this.rows.values()].flatMap(({ units }) => units);
    if (named.includes(unit)) return true;
    const makers = named.filter((maker) => namesUnits(maker) && objectIn(maker) === objectIn(unit));
    return makers.some((maker) => this.#madeBy(maker).some(({ units = [] }) => units.includes(unit)));
  }

  expect(keys: readonly ReadKey[]): void {
    for (const key of keys) this.expected.add(key);
  }
}

export const controllerName = 'sluice.dev/gateway-controller';
