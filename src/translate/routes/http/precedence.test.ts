import { expect, test } from 'vitest';
import type { RouteMatchIR } from '../../ir.ts';
import { comparePrecedence, type RankedMatch } from './precedence.ts';

test('matches rank by path, method, headers, query parameters, age, name and order', () => {
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
  ];
  expect(ranked.toReversed().sort(comparePrecedence)).toEqual(ranked);
  for (const [i, a] of ranked.entries()) {
    for (const b of ranked.slice(i + 1)) expect(comparePrecedence(a, b)).toBeLessThan(0);
  }
});

function entry(match: Partial<RouteMatchIR>, rest: Partial<RankedMatch> = {}): RankedMatch {
  return {
    match: {
      path: { kind: 'PathPrefix', value: '/a' },
      method: undefined,
      headers: [],
      queryParams: [],
      ...match,
    },
    creationTimestamp: '2026-01-01T00:00:00Z',
    route: 'm/m',
    rule: 0,
    position: 0,
    ...rest,
  };
}

function header(name: string) {
  return { kind: 'Exact', name, value: 'x' } as const;
}
