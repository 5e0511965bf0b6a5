import { expect, test } from 'vitest';
import { ownConditionTypes } from '../kinds/condition-types.ts';
import { routeKinds } from '../kinds/route-kind.ts';
import { resourceKey } from '../lib/key.ts';
import { conditionFindings } from './condition-findings.ts';

const route = resourceKey('HTTPRoute', 'default', 'a');

const said = (type: string, status: string, message = 'spec.rules[0].name: is wrong', reason = 'Wrong') => ({
  type,
  status,
  reason,
  message,
});

/** Types that tell of a mistake when they are True; when the others are True all is well. */
const badWhenTrue: ReadonlySet<string> = new Set(['Conflicted', 'PartiallyInvalid', 'Warning']);

/** Types whose value is no verdict: they tell what follows from other objects. */
const neutral: ReadonlySet<string> = new Set(['AttachedListenerSets']);

test.each(ownConditionTypes)(
  '%s is a finding with its field when it is bad, and none when it is good',
  (type) => {
    const [good, bad] = badWhenTrue.has(type) ? ['False', 'True'] : ['True', 'False'];
    const at = (status: string) =>
      conditionFindings(route, { parents: [{ conditions: [said(type, status)] }] });
    expect(at(good ?? '')).toEqual([]);
    expect(at('Unknown')).toEqual([]);
    expect(at(bad ?? '').map(({ path }) => path)).toEqual(neutral.has(type) ? [] : ['spec.rules[0].name']);
  },
);

test.each(routeKinds)('%s: a reference that is not resolved says what its requests get', (kind) => {
  const conditions = [said('ResolvedRefs', 'False')];
  const [finding] = conditionFindings(resourceKey(kind, 'default', 'a'), { parents: [{ conditions }] });
  expect(finding?.message).toMatch(
    /: its share of (requests gets (500|UNAVAILABLE)|the traffic is lost) \(Wrong\)$/,
  );
});

test('what several parents say is said once', () => {
  const parent = { conditions: [said('Accepted', 'False')] };
  expect(conditionFindings(route, { parents: [parent, parent] })).toHaveLength(1);
});

test('Programmed is left out when another condition says why, and is told otherwise', () => {
  const gateway = resourceKey('Gateway', 'default', 'web');
  const listeners = [{ conditions: [said('Programmed', 'False'), said('ResolvedRefs', 'False')] }];
  const conditions = [said('Programmed', 'False', 'none')];
  expect(conditionFindings(gateway, { conditions, listeners })).toEqual([
    { object: gateway, path: 'spec.rules[0].name', message: 'is wrong: clients cannot connect (Wrong)' },
  ]);
  expect(conditionFindings(gateway, { conditions })).toHaveLength(1);
});

test('each field without effect is a finding of its own', () => {
  const message = 'spec.a, spec.b[0]: not supported, and without effect';
  const conditions = [said('sluice.dev/FieldsNotSupported', 'True', message, 'FieldsIgnored')];
  expect(conditionFindings(route, { parents: [{ conditions }] })).toEqual([
    { object: route, path: 'spec.a', message: 'not supported, and without effect (FieldsIgnored)' },
    { object: route, path: 'spec.b[0]', message: 'not supported, and without effect (FieldsIgnored)' },
  ]);
});
