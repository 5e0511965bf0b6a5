import { expect, test } from 'vitest';
import { clusterName } from '../../src/units/cluster-name.ts';
import * as m from '../rig/objects/manifests.ts';
import {
  conditionsOf,
  gatewayTarget,
  routeTarget,
  security,
  started,
} from '../rig/pipeline/security-policy.ts';

/** Places of servers in a policy, with the part of a cluster's name that says which. */
const places: readonly [string, string, 'http1' | 'http2', (server: object) => object][] = [
  ['spec.extAuth.grpc', 'extAuth', 'http2', (grpc) => ({ extAuth: { grpc } })],
  ['spec.extAuth.http', 'extAuth', 'http1', (http) => ({ extAuth: { http } })],
  [
    'spec.jwt.providers[0].remoteJWKS',
    'jwt/org/p.1',
    'http1',
    (server) => ({
      jwt: { providers: [{ name: 'org/p.1', remoteJWKS: { uri: 'http://k.test/keys', ...server } }] },
    }),
  ],
];

function named(service: string, protocol: 'http1' | 'http2', part?: string, name = 'policy'): string {
  const place = { kind: 'SecurityPolicy', namespace: 'default', name } as const;
  const settings = part === undefined ? undefined : { ...place, part };
  return clusterName({
    namespace: 'default',
    service,
    port: 80,
    protocol,
    routingType: 'Endpoint',
    settings,
  });
}

const limited = (maxConnections: number) => ({ circuitBreaker: { maxConnections } });

test.each(places)('%s: settings are those of a cluster of its own, changed in place', async (...of) => {
  const [, part, protocol, spec] = of;
  const policy = (settings?: object) =>
    security(spec({ backendRefs: [m.backend('auth')], backendSettings: settings }));
  const { pipeline, client } = await started(policy(limited(1)));
  const name = named('auth', protocol, part);
  expect(client.json('CDS', name)).toMatchObject({
    circuitBreakers: { thresholds: [{ maxConnections: 1 }] },
  });
  client.take();
  pipeline.apply(policy(limited(2)));
  await pipeline.settle();
  expect(client.json('CDS', name)).toMatchObject({
    circuitBreakers: { thresholds: [{ maxConnections: 2 }] },
  });
  expect(client.take()).toEqual([`CDS ${name}`, 'EDS default/auth/80']);
});

test.each(places)('%s: of several servers the weightiest is first, and fallbacks are last', async (...of) => {
  const [at, part, protocol, spec] = of;
  const backendRefs = [
    { ...m.backend('far'), fallback: true },
    { ...m.backend(), weight: 1 },
    { ...m.backend('auth'), weight: 2 },
    { ...m.backend('none'), weight: 0 },
  ];
  const { pipeline, client } = await started(
    security(spec({ backendRefs, backendSettings: limited(1) })),
    m.service('none'),
  );
  const members = ['auth', 'app', 'far'].map((name) => named(name, protocol, part));
  expect(client.json('CDS', `default/fallback:${members.join('|')}`)).toMatchObject({
    clusterType: { typedConfig: { clusters: members } },
  });
  pipeline.apply(security(spec({ backendRefs: [m.backend(), m.backend('nowhere')] })));
  await pipeline.settle();
  expect(conditionsOf(pipeline)[0]).toMatchObject({
    status: 'False',
    message: expect.stringContaining(`${at}.backendRefs[1].name: Service default/nowhere`) as string,
  });
});

test.each(places)('%s: a server in the older form', async (...of) => {
  const [, , protocol, spec] = of;
  const { pipeline, client } = await started(security(spec({ backendRef: m.backend('auth') })));
  expect(conditionsOf(pipeline)[0]).toMatchObject({ status: 'True' });
  expect(client.json('CDS', named('auth', protocol))).toBeDefined();
});

test.each(places)('%s: settings are those of the policy that names the server', async (...of) => {
  const [, part, protocol, spec] = of;
  const server = { backendRefs: [m.backend('auth')], backendSettings: limited(1) };
  const { client } = await started(
    security({ targetRefs: [gatewayTarget], ...spec(server) }, { name: 'parent' }),
    security({ targetRefs: [routeTarget], mergeType: 'StrategicMerge', cors: {} }),
  );
  expect(client.json('CDS', named('auth', protocol, part, 'parent'))).toBeDefined();
});

test.each(places)('%s: settings that have no effect are named, and close nothing', async (...of) => {
  const [at, , , spec] = of;
  const zoneAware = { preferLocal: { minEndpointsThreshold: 1 } };
  const backendSettings = { retry: {}, loadBalancer: { type: 'RoundRobin', zoneAware } };
  const { pipeline } = await started(security(spec({ backendRefs: [m.backend('auth')], backendSettings })));
  const fields = ['loadBalancer.zoneAware.preferLocal', 'retry'].map(
    (field) => `${at}.backendSettings.${field}`,
  );
  expect(conditionsOf(pipeline)[0]).toMatchObject({
    status: 'True',
    message: `the policy is accepted, without what is not supported: ${fields.join(', ')}`,
  });
});
