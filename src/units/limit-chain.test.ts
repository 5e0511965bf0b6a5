import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitChainName, limitClassName, parseLimitChain, type LimitClass } from './limit-chain.ts';

const anyClass: fc.Arbitrary<LimitClass> = fc.record({
  requests: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  seconds: fc.integer({ min: 1, max: 31_536_000 }),
  isShadow: fc.boolean(),
  tests: fc.nat(20),
  values: fc.nat(3),
  addresses: fc.nat(3),
});

const owners = { own: { namespace: 'team', name: 'p' }, parent: { namespace: 'infra', name: 'q' } };

test('the name of a chain says all of its classes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyClass, { minLength: 1, selector: limitClassName }), (classes) => {
      const named = parseLimitChain(limitChainName(classes, owners));
      expect(new Set(named.map(limitClassName))).toEqual(new Set(classes.map(limitClassName)));
    }),
  );
});

const plain = { requests: 10, seconds: 60, isShadow: false, tests: 0, values: 0, addresses: 0 };

test('policies with the same limits share a chain, unless clients choose values', () => {
  expect(limitChainName([plain, plain], owners)).toBe('/10/60s');
  const chosen = limitChainName([{ ...plain, tests: 1, values: 1, isShadow: true }], owners);
  expect(chosen).toBe('team/p/infra/q@10/60s+t1+v1+shadow');
});
