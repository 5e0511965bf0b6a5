import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

// The second of the six failures: https://github.com/envoyproxy/gateway/issues/5495 and, for mirrors on a backendRef,
// what its fix left open.

const mirrorTo = (name: string, fields: object = {}, ref: object = {}) => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: m.backend(name, ref), ...fields },
});
const onRule = (mirror: object) => ({ backendRefs: [m.backend()], filters: [mirror] });
const onBackend = (mirror: object) => ({ backendRefs: [m.backend('app', { filters: [mirror] })] });
const places: readonly [string, (mirror: object) => object][] = [
  ['a rule', onRule],
  ['a backendRef', onBackend],
];
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.service('shadow'),
];
const pods = (addresses: readonly string[], namespace = 'default') =>
  m.endpointSlice(addresses, { name: 'shadow', service: 'shadow', namespace });
const grant = m.referenceGrant(
  { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
  { group: '', kind: 'Service', name: 'shadow' },
  'other',
);
const inOther = [m.service('shadow', { namespace: 'other' }), pods(['10.0.1.1'], 'other')];
const across = mirrorTo('shadow', {}, { namespace: 'other' });

/** Forms of a mirror, each with the objects that it needs and the name of its endpoints. */
const forms: readonly [string, object, readonly object[], string][] = [
  ['on a rule', onRule(mirrorTo('shadow')), [], 'default/shadow/80'],
  ['on a backendRef', onBackend(mirrorTo('shadow')), [], 'default/shadow/80'],
  [
    'on one of several weighted backendRefs',
    {
      backendRefs: [
        m.backend('app', { weight: 9 }),
        m.backend('app', { weight: 1, filters: [mirrorTo('shadow')] }),
      ],
    },
    [],
    'default/shadow/80',
  ],
  [
    'on a rule whose every backendRef is weighted',
    {
      backendRefs: [m.backend('app', { weight: 3 }), m.backend('app', { weight: 1 })],
      filters: [mirrorTo('shadow')],
    },
    [],
    'default/shadow/80',
  ],
  ['of a percentage', onRule(mirrorTo('shadow', { percent: 1 })), [], 'default/shadow/80'],
  [
    'of a fraction',
    onBackend(mirrorTo('shadow', { fraction: { numerator: 1, denominator: 1000 } })),
    [],
    'default/shadow/80',
  ],
  ['into another namespace, on a rule', onRule(across), [...inOther, grant], 'other/shadow/80'],
  ['into another namespace, on a backendRef', onBackend(across), [...inOther, grant], 'other/shadow/80'],
];

test.each(places)(
  'pods behind a mirror on %s come, move and go like those of any backend',
  async (_, rule) => {
    const pipeline = await Pipeline.started([
      ...base,
      pods(['10.0.1.1']),
      m.httpRoute([rule(mirrorTo('shadow'))]),
    ]);
    const client = await pipeline.connected();
    for (const addresses of [['10.0.1.2'], ['10.0.1.2', '10.0.1.3'], []]) {
      pipeline.apply(pods(addresses));
      await pipeline.settle();
      expect(client.take()).toEqual(['EDS default/shadow/80']);
      expect(JSON.stringify(client.json('EDS', 'default/shadow/80')).match(/10\.0\.1\.\d/g) ?? []).toEqual(
        addresses,
      );
    }
  },
);

test.each(places)('a Service that a mirror on %s names may come after its route', async (_, rule) => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([rule(mirrorTo('late'))])]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
  const client = await pipeline.connected();
  pipeline.apply(m.service('late'), m.endpointSlice(['10.0.2.1'], { name: 'late', service: 'late' }));
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/late/80/http1',
    'EDS default/late/80',
    'VHDS default/web/80:*/*',
  ]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
});

test.each(forms)(
  'endpoints behind a mirror %s are sent with those of any backend, in one response and nothing else',
  async (_, rule, more, name) => {
    const home = name.split('/')[0];
    const pipeline = await Pipeline.started([...base, pods(['10.0.1.1']), ...more, m.httpRoute([rule])]);
    const client = await pipeline.connected();
    for (const last of [2, 3]) {
      pipeline.apply(m.endpointSlice([`10.0.0.${last}`]), pods([`10.0.1.${last}`], home));
      await pipeline.settle();
      expect(client.take()).toEqual([`EDS ${['default/app/80', name].join(' ')}`]);
      expect(JSON.stringify(client.json('EDS', name))).toContain(`"10.0.1.${last}"`);
    }
  },
);

const notShares: readonly [string, object][] = [
  ['percentage of 0', { percent: 0 }],
  ['fraction of 0', { fraction: { numerator: 0 } }],
];

test.each(notShares)(
  'a mirror with a %s has endpoints as they are the moment it has a share',
  async (_, none) => {
    const pipeline = await Pipeline.started([
      ...base,
      pods(['10.0.1.1']),
      m.httpRoute([onRule(mirrorTo('shadow', none))]),
    ]);
    const client = await pipeline.connected();
    pipeline.apply(pods(['10.0.1.2']));
    await pipeline.settle();
    pipeline.apply(m.httpRoute([onRule(mirrorTo('shadow', { percent: 1 }))]));
    await pipeline.settle();
    expect(JSON.stringify(client.json('EDS', 'default/shadow/80'))).toContain('"10.0.1.2"');
  },
);

test.each(places)(
  'a mirror on %s into another namespace goes with its grant, and comes back with pods as they are then',
  async (_, rule) => {
    const endpoints = 'other/shadow/80';
    const pipeline = await Pipeline.started([...base, ...inOther, m.httpRoute([rule(across)])]);
    const client = await pipeline.connected();
    expect(client.names('EDS')).not.toContain(endpoints);
    pipeline.apply(grant);
    await pipeline.settle();
    expect(client.names('EDS')).toContain(endpoints);
    expect(mirrored(client)).toBe(true);

    pipeline.delete(grant);
    await pipeline.settle();
    expect(mirrored(client)).toBe(false);
    expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'RefNotPermitted' });
    await pipeline.drain();
    client.take();
    pipeline.apply(pods(['10.0.1.9'], 'other'));
    await pipeline.drain();
    expect(client.take()).toEqual([]);

    pipeline.apply(grant);
    await pipeline.settle();
    expect(mirrored(client)).toBe(true);
    expect(JSON.stringify(client.json('EDS', endpoints))).toContain('"10.0.1.9"');
  },
);

function mirrored(client: DeltaClient): boolean {
  return JSON.stringify(client.routes('default/web/80:*')).includes('requestMirrorPolicies');
}
