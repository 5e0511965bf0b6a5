import { expect, test } from 'vitest';
import type { ReadKey, UnitName } from '../lib/key.ts';
import { Units } from './units.ts';

const unit = 'AttachedRoute/ns/gw/HTTPRoute/ns/a' as UnitName;
const service = 'Service/ns/web' as ReadKey;
const grant = '@ReferenceGrantsInNamespace/other' as ReadKey;

test('what a unit has read, found or not, makes it dirty when it changes', () => {
  const units = new Units();
  units.add(unit);
  units.record(unit, [service, grant], units.beginCut());
  expect([...units.changed([grant])]).toEqual([unit]);
  expect([...units.changed(['Service/ns/other' as ReadKey])]).toEqual([]);
});

test('what a unit no longer reads does not concern it', () => {
  const units = new Units();
  units.add(unit);
  const cut = units.beginCut();
  units.record(unit, [service, grant], cut);
  units.record(unit, [grant], cut);
  expect([...units.changed([service])]).toEqual([]);
  expect([...units.changed([grant])]).toEqual([unit]);
});

test('a row that changes between a batch and its first result is noticed', () => {
  const units = new Units();
  units.add(unit);
  const cut = units.beginCut();
  expect([...units.changed([service])]).toEqual([]);
  expect(units.record(unit, [service], cut)).toBe(false);
  units.endCut(cut);
  expect(units.record(unit, [service], units.beginCut())).toBe(true);
});

test('a unit that has ended reads nothing, and a late result of it is ignored', () => {
  const units = new Units();
  units.add(unit);
  const cut = units.beginCut();
  units.record(unit, [service], cut);
  units.delete(unit);
  units.record(unit, [service], cut);
  expect([...units.changed([service])]).toEqual([]);
  expect(units.has(unit)).toBe(false);
});
