import { expect, test } from 'vitest';
import { indexKey, resourceKey, type UnitName } from '../lib/key.ts';
import type { DerivedRow } from '../kinds/row.ts';
import { DerivedRows } from './derived-rows.ts';
import { Store } from './store.ts';

const unit = 'EffectiveListeners/ns/web' as UnitName;
const ofA = indexKey('Of', 'a');
const ofB = indexKey('Of', 'b');

const noEffect = { changed: [], started: [], ended: [] };

function row(name: string, content: string, indexes = [ofA]): DerivedRow {
  return {
    key: resourceKey('EffectiveListeners', 'ns', name),
    bytes: Buffer.from(content),
    indexes,
    follow: [ofB],
  };
}

function made(): { store: Store; derived: DerivedRows } {
  const store = new Store();
  const derived = new DerivedRows(store);
  derived.replace(unit, [row('web', '1'), row('second', '1')]);
  return { store, derived };
}

test('rows of a unit are read, indexed and followed like those of a source', () => {
  const { store } = made();
  expect(Buffer.from(store.read(row('web', '').key) ?? []).toString()).toBe('1');
  expect(Buffer.from(store.read(ofA) ?? []).toString()).toBe(
    'EffectiveListeners/ns/second\nEffectiveListeners/ns/web',
  );
  expect([...store.follow(row('web', '').key)]).toEqual([ofB]);
});

test('an equal row stops here, and a changed one changes nothing else', () => {
  const { derived } = made();
  expect(derived.replace(unit, [row('web', '1'), row('second', '1')])).toEqual(noEffect);
  const { changed } = derived.replace(unit, [row('web', '2'), row('second', '1')]);
  expect(changed).toEqual([row('web', '').key]);
});

test('what a unit makes no longer is gone, with its place in indexes', () => {
  const { store, derived } = made();
  const { changed } = derived.replace(unit, [row('web', '1', [ofA])]);
  expect(changed.toSorted()).toEqual([ofA, row('second', '').key].toSorted());
  expect(store.read(row('second', '').key)).toBeUndefined();
});

test('a unit has said so even when it makes no row, until it ends', () => {
  const { derived } = made();
  const other = 'EffectiveListeners/ns/other' as UnitName;
  expect(derived.has(other)).toBe(false);
  expect(derived.replace(other, [])).toEqual(noEffect);
  expect(derived.has(other)).toBe(true);
  expect(derived.end(unit).changed).toHaveLength(3);
  expect(derived.has(unit)).toBe(false);
  expect(derived.end(unit)).toEqual(noEffect);
});

test('a row names units like one of a source: a unit lives as long as any row names it', () => {
  const { store, derived } = made();
  const named = 'AttachedRoute/ns/web/HTTPRoute/ns/a' as UnitName;
  const naming = (name: string) => ({ ...row(name, '2'), units: [named] });
  expect(derived.replace(unit, [naming('web')]).started).toEqual([named]);
  const other = 'EffectiveListeners/ns/other' as UnitName;
  expect(derived.replace(other, [naming('other')]).started).toEqual([]);
  expect(derived.replace(unit, [row('web', '3')]).ended).toEqual([]);
  expect(derived.end(other).ended).toEqual([named]);
  expect(store.read(naming('other').key)).toBeUndefined();
});
