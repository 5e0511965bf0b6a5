import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObservedStatus } from '../kinds/observed-status.ts';
import { apiTime, statusPatch, type StatusPatch } from './status-patch.ts';

const own = 'sluice.dev/gateway-controller';
const before = '2026-01-01T00:00:00Z';
const now = '2026-06-01T00:00:00Z';
const context = { controllerName: own, now };

function observed(status: unknown, generation = 1): ObservedStatus {
  return {
    resourceVersion: '7',
    generation,
    status: status === undefined ? undefined : JSON.stringify(status),
  };
}

function condition(type: string, status = 'True', observedGeneration = 1): Record<string, unknown> {
  return { type, status, observedGeneration, reason: type, message: '' };
}

/** Observed status on the API server. */
function seen(type: string, status = 'True', observedGeneration = 1): Record<string, unknown> {
  return { ...condition(type, status, observedGeneration), lastTransitionTime: before };
}

function entry(name: string, conditions: readonly object[], controllerName = own): object {
  return {
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name },
    controllerName,
    conditions,
  };
}

const metadata = { resourceVersion: '7' };

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

function parentsOf(patch: StatusPatch | undefined): object[] {
  return (patch?.status['parents'] ?? []) as object[];
}

const listener = (name: string, conditions: readonly object[], attachedRoutes = 0): object => ({
  name,
  attachedRoutes,
  supportedKinds: [],
  conditions,
});

test("a Gateway's status is own but for the conditions and fields of others", () => {
  const was = {
    conditions: [
      { ...seen('Accepted', 'Unknown'), lastTransitionTime: '1970-01-01T00:00:00Z' },
      seen('example.com/Ready'),
      seen('Ready'),
    ],
    listeners: [listener('gone', [seen('Accepted')]), listener('http', [seen('Accepted')])],
    addresses: [{ type: 'IPAddress', value: '10.0.0.1' }],
    attachedListenerSets: 3,
  };
  const wanted = {
    conditions: [condition('Accepted'), condition('Programmed', 'Unknown')],
    listeners: [listener('http', [condition('Accepted')], 2)],
  };
  expect(statusPatch('Gateway', wanted, observed(was), context)?.status).toEqual({
    conditions: [
      { ...condition('Accepted'), lastTransitionTime: now },
      seen('example.com/Ready'),
      { ...condition('Programmed', 'Unknown'), lastTransitionTime: now },
    ],
    listeners: [listener('http', [seen('Accepted')], 2)],
    addresses: null,
  });
});

test('conditions of others in the status of a listener stay, as far as the API has room for them', () => {
  const foreign = Array.from({ length: 5 }, (_, i) => seen(`example.com/${i}`));
  const conditions = [foreign[0], seen('Accepted'), seen('OverlappingTLSConfig'), ...foreign.slice(1)];
  const was = { listeners: [listener('http', conditions as object[])] };
  const patched = (...types: string[]): unknown =>
    statusPatch(
      'Gateway',
      {
        listeners: [
          listener(
            'http',
            types.map((type) => condition(type)),
          ),
        ],
      },
      observed(was),
      context,
    )?.status['listeners'];
  expect(patched('Accepted')).toEqual([
    listener('http', [foreign[0], seen('Accepted'), ...foreign.slice(1)] as object[]),
  ]);
  const full = patched('Accepted', 'ResolvedRefs', 'Conflicted', 'Programmed') as {
    conditions: { type: string }[];
  }[];
  expect(full[0]?.conditions.map(({ type }) => type)).toEqual([
    'example.com/0',
    'Accepted',
    'example.com/1',
    'example.com/2',
    'example.com/3',
    'ResolvedRefs',
    'Conflicted',
    'Programmed',
  ]);
});

test('only the fields that differ are written', () => {
  const status = { conditions: [seen('Accepted')], listeners: [listener('http', [seen('Accepted')])] };
  const wanted = {
    conditions: [condition('Accepted')],
    listeners: [listener('http', [condition('Accepted')], 1)],
    addresses: [],
  };
  expect(statusPatch('Gateway', wanted, observed(status), context)?.status).toEqual({
    listeners: [listener('http', [seen('Accepted')], 1)],
  });
});

test('a Gateway or a GatewayClass that is not own is left alone', () => {
  const status = observed({ conditions: [seen('Accepted')], listeners: [], supportedFeatures: [] });
  for (const writer of [undefined, 'other/a']) {
    expect(statusPatch('Gateway', undefined, { ...status, writer }, context)).toBeUndefined();
    expect(statusPatch('GatewayClass', undefined, { ...status, writer }, context)).toBeUndefined();
  }
});

test('a Gateway that Sluice no longer serves waits for its controller again, unless another one has written it', () => {
  const status = {
    conditions: [seen('Accepted'), seen('Programmed')],
    listeners: [listener('http', [seen('Accepted')], 1)],
    addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
  };
  const waiting = ['Accepted', 'Programmed'].map((type) => ({
    type,
    status: 'Unknown',
    reason: 'Pending',
    message: 'Waiting for controller',
    lastTransitionTime: now,
  }));
  const patch = statusPatch('Gateway', undefined, { ...observed(status), writer: own }, context);
  expect(patch?.status).toEqual({ conditions: waiting, listeners: null, addresses: null });
  const after = { ...observed({ conditions: waiting }), writer: own };
  expect(statusPatch('Gateway', undefined, after, context)).toBeUndefined();
});

test('a GatewayClass gets its conditions and features', () => {
  const wanted = { conditions: [condition('Accepted')], supportedFeatures: [{ name: 'Gateway' }] };
  expect(statusPatch('GatewayClass', wanted, observed(undefined), context)?.status).toEqual({
    conditions: [{ ...condition('Accepted'), lastTransitionTime: now }],
    supportedFeatures: [{ name: 'Gateway' }],
  });
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

const types = fc.constantFrom('Accepted', 'ResolvedRefs', 'PartiallyInvalid', 'example.com/Odd', '__proto__');
const conditions = fc.uniqueArray(
  fc.record({
    type: types,
    status: fc.constantFrom('True', 'False', 'Unknown'),
    observedGeneration: fc.constantFrom(1, 2, 3),
    message: fc.constantFrom('', 'm'),
  }),
  { selector: ({ type }) => type, minLength: 1 },
);
const times = fc.constantFrom(before, now);
const seenConditions = conditions.chain((list) =>
  fc
    .array(times, { minLength: list.length, maxLength: list.length })
    .map((at) => list.map((one, i) => ({ ...one, lastTransitionTime: at[i] }))),
);
const parentRef = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'constructor'),
    sectionName: fc.constantFrom('http', 'https'),
    port: fc.nat(2),
  },
  { requiredKeys: ['name'] },
);
const parent = (controller: fc.Arbitrary<string>, list: fc.Arbitrary<object[]>) =>
  fc.record({ parentRef, controllerName: controller, conditions: list });

test('whatever is observed: others keep theirs, one patch is enough, and it leaves what is wanted', () => {
  fc.assert(
    fc.property(
      fc.option(fc.array(parent(fc.constant(own), conditions), { maxLength: 4 }), { nil: undefined }),
      fc.array(parent(fc.constantFrom(own, 'other/a', '__proto__'), seenConditions), { maxLength: 5 }),
      fc.constantFrom(1, 3),
      (entries, was, generation) => {
        const wanted: unknown = entries && JSON.parse(JSON.stringify({ parents: entries }));
        const first = observed({ parents: was }, generation);
        const patch = statusPatch('HTTPRoute', wanted, first, context);
        const is = (patch?.status['parents'] ?? was) as typeof was;
        const ofOthers = (list: typeof was) =>
          list.filter(({ controllerName }) => controllerName !== own).map((one) => JSON.stringify(one));
        expect(ofOthers(is)).toEqual(ofOthers(was));
        expect(is.filter(({ controllerName }) => controllerName === own)).toHaveLength(entries?.length ?? 0);
        expect(
          statusPatch('HTTPRoute', wanted, observed({ parents: is }, generation), {
            ...context,
            now: 'later',
          }),
        ).toBeUndefined();
      },
    ),
  );
});
