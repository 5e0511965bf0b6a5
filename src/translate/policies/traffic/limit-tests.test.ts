import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitTestIR } from '../../limit-ir.ts';
import { chosenBy, chosenByNone, type Chosen } from './limit-tests.ts';

const inRange = (range: string): LimitTestIR => ({ kind: 'address', isMet: true, range });
const ranges = ['a', 'b', 'c', 'd', 'e'];

const anyRule: fc.Arbitrary<Chosen> = fc
  .uniqueArray(fc.constantFrom(...ranges), { minLength: 1, maxLength: 3 })
  .map((names) => ({ tests: [], each: [], whole: names.map(inRange) }));

test('a request that no rule chooses meets one way, and any other request none', () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 4 }), fc.subarray(ranges), (rules, within) => {
      const isMet = (one: LimitTestIR): boolean =>
        one.kind === 'address' && within.includes(one.range) === one.isMet;
      const ways = chosenByNone(rules, 1000) ?? [];
      const isChosen = rules.some(({ whole }) => whole.every(isMet));
      expect(ways.filter((way) => way.every(isMet))).toHaveLength(isChosen ? 0 : 1);
    }),
  );
});

test('more ways than there may be are none', () => {
  const rule = { tests: [], each: [], whole: ['a', 'b', 'c'].map(inRange) };
  expect(chosenByNone([rule, rule], 9)).toHaveLength(9);
  expect(chosenByNone([rule, rule], 8)).toBeUndefined();
});

const selector = {
  headers: [],
  methods: [],
  path: undefined,
  sourceCIDR: undefined,
  queryParams: [],
};

test('headers, methods and paths are one test; a value of its own has to be there', () => {
  const chosen = chosenBy([
    {
      ...selector,
      headers: [
        { type: 'Exact', name: 'x-plan', value: 'a.b', invert: true },
        { type: 'Distinct', name: 'x-user', invert: false },
      ],
      methods: [
        { value: 'GET', invert: false },
        { value: 'HEAD', invert: false },
      ],
    },
  ]);
  expect(chosen.tests).toEqual([
    {
      kind: 'headers',
      isMet: true,
      of: [
        { name: 'x-plan', regex: 'a\\.b', isInverted: true },
        { name: ':method', regex: 'GET|HEAD', isInverted: false },
      ],
    },
  ]);
  expect(chosen.each).toEqual([{ kind: 'header', name: 'x-user' }]);
  expect(chosen.whole).toMatchObject([{ of: [{}, {}, { name: 'x-user', regex: undefined }] }]);
});

test('a parameter that must not be there is a test of its own', () => {
  const param = { type: 'Exact', value: '1' } as const;
  const chosen = chosenBy([
    {
      ...selector,
      queryParams: [
        { ...param, name: 'a', invert: false },
        { ...param, name: 'b', invert: false },
        { ...param, name: 'c', invert: true },
      ],
    },
  ]);
  expect(chosen.tests.map(({ isMet }) => isMet)).toEqual([true, false]);
  expect(chosen.tests[0]).toMatchObject({ of: [{ name: 'a' }, { name: 'b' }] });
});
