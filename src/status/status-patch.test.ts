import { expect, test } from 'vitest';
import { apiTime, statusPatch, type StatusPatch } from './status-patch.ts';
import {
  before,
  condition,
  context,
  entry,
  now,
  observed,
  seen,
} from '../../test/rig/objects/observed-status.ts';

const metadata = { resourceVersion: '7' };

function parentsOf(patch: StatusPatch | undefined): object[] {
  return (patch?.status['parents'] ?? []) as object[];
}

test('a route without a status gets its entries, for the version that was observed alone', () => {
  expect(
    statusPatch(
      'HTTPRoute',
      { parents: [entry('gw', [condition('Accepted')])] },
      observed(undefined),
      context,
    ),
  ).toEqual({
    metadata,
    status: { parents: [entry('gw', [{ ...condition('Accepted'), lastTransitionTime: now }])] },
  });
});

test('what is as it should be needs no patch, whatever the order of the keys', () => {
  const { type, ...rest } = seen('Accepted');
  const status = { parents: [entry('gw', [{ ...rest, type }])] };
  const wanted = { parents: [entry('gw', [condition('Accepted')])] };
  expect(statusPatch('HTTPRoute', wanted, observed(status), context)).toBeUndefined();
});

test('lastTransitionTime stays while the status of the condition stays', () => {
  const was = { parents: [entry('gw', [seen('Accepted'), seen('ResolvedRefs')])] };
  const is = [{ ...condition('Accepted'), message: 'new' }, condition('ResolvedRefs', 'False')];
  expect(statusPatch('HTTPRoute', { parents: [entry('gw', is)] }, observed(was), context)?.status).toEqual({
    parents: [
      entry('gw', [
        { ...condition('Accepted'), message: 'new', lastTransitionTime: before },
        { ...condition('ResolvedRefs', 'False'), lastTransitionTime: now },
      ]),
    ],
  });
});

test("other controllers' entries stay in their places, and own ones that are no longer wanted go", () => {
  const others = [entry('gw', [seen('Accepted')], 'other/a'), entry('x', [seen('Odd')], 'other/b')];
  const was = {
    parents: [others[0], entry('old', [seen('Accepted')]), entry('gw', [seen('Accepted')]), others[1]],
  };
  const wanted = { parents: [entry('new', [condition('Accepted')]), entry('gw', [condition('Accepted')])] };
  expect(statusPatch('HTTPRoute', wanted, observed(was), context)?.status).toEqual({
    parents: [
      others[0],
      entry('gw', [seen('Accepted')]),
      others[1],
      entry('new', [{ ...condition('Accepted'), lastTransitionTime: now }]),
    ],
  });
});

test('a route that Sluice no longer serves keeps what others wrote, and one that it never served is left alone', () => {
  const other = entry('gw', [seen('Accepted')], 'other/a');
  const was = observed({ parents: [entry('gw', [seen('Accepted')]), other] });
  expect(statusPatch('HTTPRoute', undefined, was, context)?.status).toEqual({ parents: [other] });
  expect(statusPatch('HTTPRoute', undefined, observed({ parents: [other] }), context)).toBeUndefined();
  expect(statusPatch('HTTPRoute', undefined, observed(undefined), context)).toBeUndefined();
});

test('a condition of Sluice that is not wanted is removed from its entry', () => {
  const was = { parents: [entry('gw', [seen('Accepted'), seen('PartiallyInvalid')])] };
  const wanted = { parents: [entry('gw', [condition('Accepted')])] };
  expect(statusPatch('HTTPRoute', wanted, observed(was), context)?.status).toEqual({
    parents: [entry('gw', [seen('Accepted')])],
  });
});

test('a parentRef is the same one with and without the defaults of the API', () => {
  const was = { parents: [{ ...entry('gw', [seen('Accepted')]), parentRef: { name: 'gw' } }] };
  const wanted = { parents: [entry('gw', [condition('Accepted')])] };
  const parents = parentsOf(statusPatch('HTTPRoute', wanted, observed(was), context));
  expect(parents).toEqual([entry('gw', [seen('Accepted')])]);
});

test('no route gets more entries than the API takes', () => {
  const others = Array.from({ length: 31 }, (_, i) => entry(`gw${i}`, [seen('Accepted')], 'other/a'));
  const wanted = { parents: ['a', 'b', 'c'].map((name) => entry(name, [condition('Accepted')])) };
  const parents = parentsOf(statusPatch('HTTPRoute', wanted, observed({ parents: others }), context));
  expect(parents).toHaveLength(32);
  expect(parents.slice(0, 31)).toEqual(others);
});

test('a status of an older spec never replaces one of a newer', () => {
  const newer = observed({ parents: [entry('gw', [seen('Accepted', 'True', 3)])] }, 3);
  const older = { parents: [entry('gw', [condition('Accepted', 'False', 2)])] };
  expect(statusPatch('HTTPRoute', older, newer, context)).toBeUndefined();
  const gateway = observed({ conditions: [seen('Accepted', 'True', 3)] }, 3);
  expect(
    statusPatch(
      'Gateway',
      { conditions: [condition('Accepted', 'False', 2)], listeners: [] },
      gateway,
      context,
    ),
  ).toBeUndefined();
});

test('an observedGeneration that the object has not reached is no reason to leave it', () => {
  const restored = observed({ parents: [entry('gw', [seen('Accepted', 'True', 9)])] }, 2);
  const wanted = { parents: [entry('gw', [condition('Accepted', 'True', 2)])] };
  expect(statusPatch('HTTPRoute', wanted, restored, context)?.status).toEqual({
    parents: [entry('gw', [seen('Accepted', 'True', 2)])],
  });
});

test('a kind without a status of own, and a status that is no such thing, are no reason to throw', () => {
  expect(statusPatch('Service', { conditions: [] }, observed({ loadBalancer: {} }), context)).toBeUndefined();
  for (const status of [1, [], 'x', { parents: 1 }, { parents: [1, null] }, { parents: [{ parentRef: 1 }] }])
    expect(() => statusPatch('HTTPRoute', { parents: [] }, observed(status), context)).not.toThrow();
});

test('times are written to the second', () => {
  expect(apiTime(Date.UTC(2026, 5, 1, 12, 30, 15, 999))).toBe('2026-06-01T12:30:15Z');
});
