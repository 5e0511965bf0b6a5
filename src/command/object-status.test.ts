import { expect, test } from 'vitest';
import { isMeant, judge } from './object-status.ts';

const route = (conditions: readonly object[]) =>
  judge({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: 'shop', name: 'cart' },
    status: { parents: [{ conditions }] },
  });

test('an object is wrong with the field, what requests get and the reason', () => {
  const message = 'spec.rules[0].backendRefs[0].name: Service shop/gone does not exist';
  const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' };
  const resolved = { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound', message };
  expect(route([accepted, resolved])).toMatchObject({
    state: 'wrong',
    why: [
      `${message}: its share of requests gets 500 (BackendNotFound): correct the reference, or apply what it names`,
    ],
  });
  expect(route([accepted])).toMatchObject({ state: 'ok', why: [] });
});

test('an object with a condition that is not known yet waits', () => {
  const programmed = { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'no proxy yet' };
  expect(route([programmed, programmed])).toMatchObject({
    state: 'waiting',
    why: ['Programmed: no proxy yet'],
  });
});

test.each([
  ['httproute', true],
  ['HTTPRoutes', true],
  ['cart', true],
  ['shop/cart', true],
  ['httproute/shop/cart', true],
  ['httproutes/shop/cart', true],
  ['shop', false],
  ['gateway/shop/cart', false],
  ['other/cart', false],
])('%s names it: %j', (wanted, isIt) => {
  expect(isMeant(route([]), wanted)).toBe(isIt);
});
