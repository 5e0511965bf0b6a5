import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RouteMatchIR } from '../../ir.ts';
import { precedence, type RankedMatch } from './precedence.ts';

test('matches rank by hostname, path, method, headers, query parameters, age, name and order', () => {
  const ranked = [
    entry({ path: { kind: 'Exact', value: '/a' } }),
    entry({ path: { kind: 'RegularExpression', value: '/a.*' } }),
    entry({ path: { kind: 'PathPrefix', value: '/abc' } }),
    entry({ method: 'GET', headers: [], queryParams: [] }),
    entry({ headers: [header('a'), header('b')] }),
    entry({ headers: [header('a')], queryParams: [header('q')] }),
    entry({ headers: [header('a')] }),
    entry({ queryParams: [header('q')] }),
    entry({}, { creationTimestamp: '2025-01-01T00:00:00Z', route: 'z/z' }),
    entry({}, { route: 'a/a' }),
    entry({}, { route: 'a/b', rule: 0, position: 0 }),
    entry({}, { route: 'a/b', rule: 0, position: 1 }),
    entry({}, { route: 'a/b', rule: 1, position: 0 }),
    entry({}, { route: 'a/b', rule: 10, position: 0 }),
    entry({}, { route: 'a/b-c', rule: 0, position: 0 }),
    entry({ path: { kind: 'Exact', value: '/a' } }, { wider: '*.example.com' }),
    entry({}, { wider: '*.example.com' }),
    entry({ path: { kind: 'Exact', value: '/a' } }, { wider: '*.com' }),
    entry({}, { wider: '*' }),
  ].map(precedence);
  expect(ranked.toReversed().sort(byCodeUnit)).toEqual(ranked);
  expect(new Set(ranked).size).toBe(ranked.length);
});

test('rules that keep their order rank by hostname, age, name and order alone', () => {
  const ranked = [
    entry({}, { route: 'a/a', rule: 0 }),
    entry({ path: { kind: 'Exact', value: '/a' } }, { route: 'a/a', rule: 1 }),
    entry({ method: 'GET', headers: [header('a')] }, { route: 'a/b', rule: 0 }),
    entry({ path: { kind: 'Exact', value: '/a' } }, { route: 'a/a', wider: '*.com' }),
  ].map((one) => precedence({ ...one, keepsOrder: true }));
  expect(ranked.toReversed().sort(byCodeUnit)).toEqual(ranked);
});

const matches = fc.record({
  match: fc.record({
    path: fc.record({
      kind: fc.constantFrom('Exact', 'PathPrefix', 'RegularExpression'),
      value: fc.integer({ min: 1, max: 1024 }).map((length) => '/'.repeat(length)),
    }),
    method: fc.option(fc.constant('GET'), { nil: undefined }),
    headers: fc.array(fc.constant(header('x')), { maxLength: 17 }),
    queryParams: fc.array(fc.constant(header('x')), { maxLength: 17 }),
  }),
  wider: fc.constantFrom(undefined, '*', '*.com', '*.example.com'),
  creationTimestamp: fc.constantFrom('', '2025-01-01T00:00:00Z', '2025-01-01T00:00:10Z'),
  route: fc.constantFrom('a/a', 'a/a-b', 'a/a.b', 'a/ab', 'a-b/a', 'b/a'),
  kind: fc.constant('HTTPRoute'),
  rule: fc.integer({ min: 0, max: 15 }),
  position: fc.integer({ min: 0, max: 127 }),
});

test('the order of the texts is that of the rules, one after the other', () => {
  fc.assert(
    fc.property(matches, matches, (a, b) => {
      expect(Math.sign(byCodeUnit(precedence(a), precedence(b)))).toBe(Math.sign(byRules(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test('what is behind precedence and age is the same for a route that is made again', () => {
  expect(nameOf(entry({}, { creationTimestamp: '2025-01-01T00:00:00Z' }))).toBe(nameOf(entry({})));
  expect(nameOf(entry({}, { creationTimestamp: '' }))).toBe(nameOf(entry({ method: 'GET' })));
});

function nameOf(match: RankedMatch): string {
  return precedence(match).split(' ').slice(2).join(' ');
}

/** Follows https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule */
function byRules(a: RankedMatch, b: RankedMatch): number {
  const ranks = { Exact: 0, RegularExpression: 1, PathPrefix: 2 };
  return (
    lengthOf(b) - lengthOf(a) ||
    ranks[a.match.path.kind] - ranks[b.match.path.kind] ||
    b.match.path.value.length - a.match.path.value.length ||
    Number(b.match.method !== undefined) - Number(a.match.method !== undefined) ||
    b.match.headers.length - a.match.headers.length ||
    b.match.queryParams.length - a.match.queryParams.length ||
    byCodeUnit(a.creationTimestamp, b.creationTimestamp) ||
    byCodeUnit(a.route, b.route) ||
    a.rule - b.rule ||
    a.position - b.position
  );
}

function lengthOf({ wider }: RankedMatch): number {
  return wider?.length ?? 1000;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function entry(match: Partial<RouteMatchIR>, rest: Partial<RankedMatch> = {}): RankedMatch {
  return {
    match: {
      path: { kind: 'PathPrefix', value: '/a' },
      method: undefined,
      headers: [],
      queryParams: [],
      ...match,
    },
    wider: undefined,
    creationTimestamp: '2026-01-01T00:00:00Z',
    route: 'm/m',
    kind: 'HTTPRoute',
    rule: 0,
    position: 0,
    ...rest,
  };
}

function header(name: string) {
  return { kind: 'Exact', name, value: 'x' } as const;
}
