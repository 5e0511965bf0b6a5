import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../../src/lib/key.ts';
import type { Kind, RowTypes } from '../../src/kinds/kinds.ts';
import { decodeRow } from '../../src/kinds/decode.ts';
import { parseObject } from '../../src/kinds/door.ts';
import type { Row } from '../../src/kinds/row.ts';
import { settingsRow, type SettingsRow } from '../../src/kinds/own/settings.ts';
import type { Reader } from '../../src/translate/reader.ts';

/**
 * A reader over manifests, which go through the same door as a user's. An object that the door refuses fails the test;
 * `rows` takes what no door lets through. It has every row, so it never ends a unit, and it keeps what was read.
 */
export class MemoryReader implements Reader {
  readonly rows = new Map<ResourceKey, Row>();
  readonly reads = new Set<ReadKey>();
  readonly expected = new Set<ReadKey>();

  constructor(manifests: readonly object[], settings: Partial<SettingsRow> = {}) {
    const row = settingsRow({ controllerName, allowLoopbackEndpoints: false, ...settings });
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
    const row = this.rows.get(key);
    return row === undefined ? undefined : decodeRow(kind, row.bytes);
  }

  index(key: IndexKey): readonly ResourceKey[] {
    this.reads.add(key);
    return [...this.rows.values()]
      .filter((row) => row.indexes.includes(key))
      .map((row) => row.key)
      .sort();
  }

  expect(keys: readonly ReadKey[]): void {
    for (const key of keys) this.expected.add(key);
  }
}

export const controllerName = 'sluice.dev/gateway-controller';
