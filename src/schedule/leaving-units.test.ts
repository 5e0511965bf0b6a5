import { expect, test } from 'vitest';
import type { UnitName } from '../lib/key.ts';
import { LeavingUnits } from './leaving-units.ts';

const route = 'HTTPRoute/ns/a';
const attached = `AttachedRoute/infra/web/${route}` as UnitName;
const bySet = (name: string) => `ListenerSetRoute/ns/${name}/${route}` as UnitName;

test('a unit ends at once when nothing may name it again', () => {
  const leaving = new LeavingUnits();
  expect(leaving.waits(attached)).toBe(false);
  leaving.started(`ListenerSetRoute/ns/x/HTTPRoute/ns/other` as UnitName);
  expect(leaving.waits(attached)).toBe(false);
  expect(leaving.waits('EffectiveListeners/infra/web' as UnitName)).toBe(false);
});

test('a unit waits for those that may name it, and ends with the last of them', () => {
  const leaving = new LeavingUnits();
  expect(leaving.started(bySet('x'))).toBe(false);
  expect(leaving.started(bySet('y'))).toBe(false);
  expect(leaving.waits(attached)).toBe(true);
  expect(leaving.answered(bySet('x'))).toEqual([]);
  expect(leaving.answered(bySet('x'))).toEqual([]);
  expect(leaving.answered(bySet('y'))).toEqual([attached]);
  expect(leaving.waits(attached)).toBe(false);
});

test('a unit that is named again before it ends goes on', () => {
  const leaving = new LeavingUnits();
  leaving.started(bySet('x'));
  expect(leaving.waits(attached)).toBe(true);
  expect(leaving.started(attached)).toBe(true);
  expect(leaving.answered(bySet('x'))).toEqual([]);
});
