import { expect, test } from 'vitest';
import { statusPatch } from './status-patch.ts';
import { condition, context, now, observed, own, seen } from '../../test/rig/objects/observed-status.ts';

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
    futureCount: 3,
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

test('a CRD that drops the routability of addresses is not written to again for it', () => {
  const plain = [{ type: 'IPAddress', value: '10.0.0.1' }];
  const addresses = plain.map((address) => ({ ...address, routability: 'Cluster' }));
  const wanted = { conditions: [condition('Accepted')], addresses };
  const was = { conditions: [seen('Accepted')] };
  expect(statusPatch('Gateway', wanted, observed({ ...was, addresses: plain }), context)).toBeUndefined();
  expect(statusPatch('Gateway', wanted, observed(was), context)?.status).toEqual({ addresses });
  const other = [{ ...addresses[0], routability: '' }];
  expect(statusPatch('Gateway', wanted, observed({ ...was, addresses: other }), context)?.status).toEqual({
    addresses,
  });
});
