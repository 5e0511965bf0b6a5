import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexKey, resourceKey, type UnitName } from '../lib/key.ts';
import type { Row, RowChange } from '../kinds/row.ts';
import { Store } from './store.ts';

const [red, blue] = [indexKey('Colour', 'red'), indexKey('Colour', 'blue')];
const unit = (name: string) => `Gateway/ns/${name}` as UnitName;

function row(name: string, content: string, fields: Partial<Row> = {}): Row {
  return {
    key: resourceKey('Gateway', 'ns', name),
    bytes: Buffer.from(content),
    indexes: [],
    units: [],
    follow: [],
    ...fields,
  };
}

const put = (value: Row): RowChange => ({ kind: 'put', row: value });
const remove = (name: string): RowChange => ({ kind: 'delete', key: resourceKey('Gateway', 'ns', name) });

test('an equal row is no change, and neither is the end of what is not there', () => {
  const store = new Store();
  store.apply([put(row('a', '1', { indexes: [red], units: [unit('a')] }))]);
  const again = store.apply([put(row('a', '1', { indexes: [red], units: [unit('a')] })), remove('b')]);
  expect(again).toEqual({ changed: [], started: [], ended: [] });
});

test('a row that moves to another index changes both, and its content', () => {
  const store = new Store();
  store.apply([put(row('a', '1', { indexes: [red] })), put(row('b', '1', { indexes: [red] }))]);
  const { changed } = store.apply([put(row('a', '2', { indexes: [blue] }))]);
  expect([...changed].sort()).toEqual([blue, red, 'Gateway/ns/a']);
  expect(text(store.read(red))).toBe('Gateway/ns/b');
  expect(text(store.read(blue))).toBe('Gateway/ns/a');
});

test('a row that stays in its index does not change it', () => {
  const store = new Store();
  store.apply([put(row('a', '1', { indexes: [red] }))]);
  expect(store.apply([put(row('a', '2', { indexes: [red] }))]).changed).toEqual(['Gateway/ns/a']);
});

test('an index is its members in key order, whatever the order they came in', () => {
  const names = ['b', '__proto__', 'a', 'constructor'];
  const store = new Store();
  store.apply(names.map((name) => put(row(name, '1', { indexes: [red] }))));
  expect(text(store.read(red))).toBe(
    [...names]
      .sort()
      .map((name) => `Gateway/ns/${name}`)
      .join('\n'),
  );
});

test('the kept bytes of an index keep no others alive', () => {
  const store = new Store();
  store.apply([put(row('a', '1', { indexes: [red] }))]);
  const bytes = store.read(red);
  expect(bytes?.length).toBeGreaterThan(0);
  expect(bytes?.buffer.byteLength).toBe(bytes?.length);
});

test('an index without members and a row that is not there are told apart', () => {
  const store = new Store();
  expect(store.read(red)).toHaveLength(0);
  expect(store.read(resourceKey('Gateway', 'ns', 'a'))).toBeUndefined();
});

test('a unit lives as long as any row names it', () => {
  const store = new Store();
  expect(store.apply([put(row('a', '1', { units: [unit('x')] }))]).started).toEqual([unit('x')]);
  expect(store.apply([put(row('b', '1', { units: [unit('x')] }))]).started).toEqual([]);
  expect(store.apply([remove('a')]).ended).toEqual([]);
  expect(store.apply([remove('b')]).ended).toEqual([unit('x')]);
});

test('a unit that goes from one row to another in one change neither ends nor begins', () => {
  const store = new Store();
  store.apply([put(row('a', '1', { units: [unit('x')] }))]);
  expect(store.apply([remove('a'), put(row('b', '1', { units: [unit('x')] }))])).toMatchObject({
    started: [],
    ended: [],
  });
});

test('after any changes, rows, indexes and units are those of the rows that are left', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    content: fc.option(fc.constantFrom('1', '2')),
    indexes: fc.subarray([red, blue]),
    units: fc.subarray(['x', 'y']),
  });
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 10 }), (batches) => {
      const store = new Store();
      const left = new Map<string, Row>();
      const units = new Set<UnitName>();
      for (const batch of batches) {
        const changes = batch.map(({ name, content, ...rest }) => {
          if (content === null) {
            left.delete(name);
            return remove(name);
          }
          const links = { indexes: rest.indexes, units: rest.units.map(unit) };
          // As after `door.ts`: links follow from the content.
          const whole = row(name, JSON.stringify([content, links]), links);
          left.set(name, whole);
          return put(whole);
        });
        const { started, ended } = store.apply(changes);
        for (const name of started) units.add(name);
        for (const name of ended) units.delete(name);
      }
      expect([...store.keys()].sort()).toEqual([...left.values()].map(({ key }) => key).sort());
      expect([...units].sort()).toEqual([...new Set([...left.values()].flatMap((one) => one.units))].sort());
      for (const index of [red, blue]) {
        const members = [...left.values()].filter((one) => one.indexes.includes(index)).map(({ key }) => key);
        expect(text(store.read(index))).toBe(members.sort().join('\n'));
      }
    }),
  );
});

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
