import { expect, test } from 'vitest';
import type { GRPCRouteMatch } from '../../../kinds/gateway-api/grpc-route.ts';
import { precedence } from '../http/precedence.ts';
import { translateGRPCMatch } from './match.ts';

type Method = NonNullable<GRPCRouteMatch['method']>;

const match = (method: Partial<Method> | undefined, headers: GRPCRouteMatch['headers'] = []) =>
  translateGRPCMatch(
    {
      method: method === undefined ? undefined : { type: 'Exact', service: '', method: '', ...method },
      headers,
    },
    'rules[0].matches[0]',
    'ns',
  );

const regex = { type: 'RegularExpression' } as const;

test.each([
  [undefined, 'PathPrefix', '/'],
  [{ service: 'shop.Cart', method: 'Add' }, 'Exact', '/shop.Cart/Add'],
  [{ service: 'shop.Cart' }, 'PathPrefix', '/shop.Cart'],
  [{ method: 'Add' }, 'RegularExpression', '/[^/]+/Add'],
  [{ ...regex, service: 'a|b' }, 'RegularExpression', '/(?:a|b)/[^/]+'],
  [{ ...regex, method: 'Get.*' }, 'RegularExpression', '/[^/]+/(?:Get.*)'],
] as const)('%j is the path match %s %s', (method, kind, value) => {
  expect(match(method)).toMatchObject({ kind: 'match', match: { path: { kind, value } } });
});

test('a regular expression that Envoy would reject has the path of its field', () => {
  expect(match({ ...regex, service: 'a', method: '(' })).toMatchObject({
    kind: 'invalid',
    problems: [{ path: 'rules[0].matches[0].method.method' }],
  });
});

test('characters of the service count first, then those of the method, then headers', () => {
  const header = [{ type: 'Exact', name: 'env', value: 'canary' }] as const;
  const inOrder = [
    match({ service: 'shop.Cart', method: 'AddOne' }),
    match({ service: 'shop.Cart', method: 'Add' }, [...header]),
    match({ service: 'shop.Cart', method: 'Add' }),
    match({ service: 'shop.Cart' }, [...header]),
    match({ service: 'shop.Cart' }),
    match({ service: 'shop' }),
    match({ method: 'Add' }),
    match(undefined, [...header]),
    match(undefined),
  ].map((found) => {
    if (found.kind === 'invalid') throw new Error('a match that cannot be served');
    return precedence({
      match: found.rank ?? found.match,
      wider: undefined,
      creationTimestamp: '',
      route: 'default/calls',
      kind: 'GRPCRoute',
      rule: 0,
      position: 0,
    });
  });
  expect(inOrder).toEqual(inOrder.toSorted());
});
