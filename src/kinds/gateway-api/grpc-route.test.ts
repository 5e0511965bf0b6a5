import { expect, test } from 'vitest';
import { grpcRouteKind } from './grpc-route.ts';

const problemsOf = (rule: object): string[] =>
  (grpcRouteKind.parse({ metadata: { name: 'calls' }, spec: { rules: [rule] } }).problems ?? []).map(
    ({ path, message }) => `${path}: ${message}`,
  );

test.each([
  { service: 'shop.Cart' },
  { method: 'Add' },
  { service: 'shop.Cart', method: 'Add' },
  { type: 'RegularExpression', service: 'shop\\..*' },
])('%j can be read', (method) => {
  expect(problemsOf({ matches: [{ method }] })).toEqual([]);
});

test.each([
  [{}, '', 'must give a service or a method'],
  [{ service: 'shop/Cart' }, '.service', 'must be the name of a gRPC service'],
  [{ service: 'shop', method: '.*' }, '.method', 'must be the name of a gRPC method'],
])('%j cannot be read, and the problem has the field path', (method, field, message) => {
  expect(problemsOf({ matches: [{ method }] })).toEqual([
    `spec.rules[0].matches[0].method${field}: ${message}`,
  ]);
});

test('a filter of HTTP alone cannot be read', () => {
  const rewrite = { type: 'URLRewrite', urlRewrite: { hostname: 'a.test' } };
  expect(problemsOf({ filters: [rewrite] })[0]).toMatch(
    /^spec\.rules\[0\]\.filters\[0\]\.type: must be one of/,
  );
});

test('regular expressions of all rules have one budget', () => {
  const method = { type: 'RegularExpression', service: 'a'.repeat(1024), method: 'b'.repeat(1024) };
  const matches = Array.from({ length: 9 }, () => ({ method }));
  expect(problemsOf({ matches })[0]).toContain('the regular expressions of the route must have at most');
});
