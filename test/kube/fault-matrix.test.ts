import { expect, test } from 'vitest';
import { apiFaults } from '../rig/kube/faults/api-fault.ts';
import { allCases, followed, oneIn } from '../rig/kube/faults/matrix.ts';
import { playKind } from './fault-matrix.ts';

test('the matrix has every kind, phase and fault, but for CRDs of kinds that have none', () => {
  const builtIn = ['ConfigMap', 'EndpointSlice', 'Namespace', 'Secret', 'Service'];
  expect(followed).toEqual(expect.arrayContaining(builtIn));
  expect(allCases().length).toBe(followed.length * 7 * 15 - builtIn.length * 7);
});

test.each([7, 11])('one in %i of the matrix still has each fault in each phase, and each kind', (every) => {
  const [all, some] = [allCases(), oneIn(every, allCases())];
  const pairs = (cases: typeof all) =>
    new Set(cases.map(({ phase, fault }) => `${phase.name}, ${fault.name}`));
  expect(pairs(all).difference(pairs(some))).toEqual(new Set());
  expect(new Set(some.map(({ kind }) => kind))).toEqual(new Set(followed));
  expect(some.length).toBeLessThan((1.2 * all.length) / every);
});

/** A fault of each sort: a status, a broken answer, silence, an absent kind. */
const some = apiFaults.filter(({ name }) => ['503', '410', 'reset', 'hang', 'absent-crd'].includes(name));

test(
  'whatever befalls the API server at HTTPRoute, proxies have what was last good or what is new, complete',
  { timeout: 600_000 },
  async () => {
    await playKind('HTTPRoute', allCases(['HTTPRoute'], some));
  },
);
