import { expect, test } from 'vitest';
import { noOutput, type RulePart, type UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import { withoutWaiting } from './waiting-rules.ts';

const missing = 'Service/ns/missing' as ResourceKey;
const waits = new Set([missing]);
const keysOf = ({ absent }: RulePart): readonly ResourceKey[] => absent;

test('a rule that waits has its last entries and references, and one that has none is left out', () => {
  const before = output({ a: ['a.test', 'gone.test'], b: ['a.test'] });
  const after = output({ a: ['a.test', 'new.test'], b: ['a.test', 'new.test'], c: ['a.test'] }, ['a', 'c']);
  const kept = withoutWaiting(after, keysOf, waits, before);
  expect(entriesOf(kept)).toEqual({ 'a.test': ['b', 'a'], 'new.test': ['b'] });
  expect(kept?.refs).toEqual(['Cluster/a', 'Cluster/b']);
  expect(kept?.rules.map(({ rule, absent }) => [rule, absent])).toEqual([
    ['b', []],
    ['a', []],
  ]);
});

test('with everything as it was, the version is the one before', () => {
  const before = output({ a: ['a.test'] });
  const first = withoutWaiting(output({ a: ['a.test'] }, ['a']), keysOf, waits, before);
  const second = withoutWaiting(output({ a: ['a.test'] }, ['a']), keysOf, waits, first);
  expect(second?.fragments).toEqual(first?.fragments);
  expect(first?.fragments.map(({ entries }) => entries)).toEqual(
    before.fragments.map(({ entries }) => entries),
  );
});

test('a domain of which all entries wait is not there; one that never had any is', () => {
  const after = output({ a: ['a.test'] }, ['a']);
  const [fragment] = after.fragments;
  const bare = fragment === undefined ? [] : [{ ...fragment, domain: 'bare.test', entries: [] }];
  const kept = withoutWaiting(
    { ...after, fragments: [...after.fragments, ...bare] },
    keysOf,
    waits,
    undefined,
  );
  expect(kept?.fragments.map(({ domain }) => domain)).toEqual(['bare.test']);
});

test('an entry that is kept stands behind the one that has its place now', () => {
  const before = output({ a: ['a.test'] }, [], '1');
  const after = output({ b: ['a.test'], a: ['a.test'] }, ['a'], '1');
  const kept = withoutWaiting(after, keysOf, waits, before);
  const places = kept?.fragments[0]?.entries.map(({ order, rule }) => [rule, order]);
  expect(places).toEqual([
    ['b', '1'],
    ['a', '1+'],
  ]);
});

test('what no rule asks for keeps all of it back', () => {
  const other = new Set([missing, 'Secret/ns/other' as ResourceKey]);
  expect(withoutWaiting(output({ a: ['a.test'] }, ['a']), keysOf, other, undefined)).toBeUndefined();
});

function output(
  rules: Readonly<Record<string, readonly string[]>>,
  lacking: readonly string[] = [],
  order?: string,
): UnitOutput {
  const domains = [...new Set(Object.values(rules).flat())];
  const names = Object.keys(rules);
  return {
    ...noOutput,
    refs: names.map(clusterOf),
    rules: names.map((rule) => ({
      rule,
      refs: [clusterOf(rule)],
      absent: lacking.includes(rule) ? [missing] : [],
    })),
    fragments: domains.map((domain) => ({
      routeConfiguration: 'ns/gw/80',
      domain,
      owner: 'HTTPRoute/ns/r' as ResourceKey,
      version: domain,
      madeOf: [],
      entries: names
        .filter((rule) => rules[rule]?.includes(domain))
        .map((rule) => ({ order: order ?? rule, rule, bytes: Buffer.from(`${rule} ${lacking.join()}`) })),
    })),
  };
}

function clusterOf(rule: string): UnitName {
  return `Cluster/${rule}` as UnitName;
}

function entriesOf(kept: UnitOutput | undefined): Record<string, string[]> {
  return Object.fromEntries(
    (kept?.fragments ?? []).map(({ domain, entries }) => [domain, entries.map(({ rule }) => rule)]),
  );
}
