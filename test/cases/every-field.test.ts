// Long: a fixture for each kind.
import { expect, test } from 'vitest';
import { kindTable } from '../../src/kinds/kind-table.ts';
import { fieldPath } from '../../src/kinds/shape/field-path.ts';
import type { ResourceKey } from '../../src/lib/key.ts';
import { compareText } from '../../src/translate/attach/compare-text.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { leavesOf } from '../rig/objects/schema-leaves.ts';
import { generationOf, hasGeneration, withField } from './changed-field.ts';
import { isNamed, newerObjects } from './newer-release.ts';

/**
 * For each field of each kind, from the schemas: a value that the schema does not take, such as one of a newer API
 * release, costs that field alone. A condition at the current generation names the field; the rest works as before.
 * Parsing is tried with every such value; the pipeline, which sees the field's mark alone, with one value of each field.
 */
interface Fixture {
  readonly object: object;
  readonly others: readonly object[];
  /** Object whose status has the condition. */
  readonly reported: ResourceKey;
  /** Fields without a condition, by reason. */
  readonly silent?: Readonly<Record<string, RegExp>>;
  /** Returns true when the readable part of the object works; undefined: it has no other part. */
  readonly beside?: (client: DeltaClient, path: string) => boolean;
}

/** Fields that parsing sets, whatever a user writes. */
const made = /^(spec\.)?leftOut\[|^given$/;

/** Fields of a schema that stands at three places of an EnvoyProxy, and is tried at one. */
const elsewhere = /\.(als|openTelemetry)\.backendSettings\./;

const backend = { backendRefs: [m.backend()] };
const sibling = { matches: [m.prefix('/sibling')], ...backend };
const serves = (path: string) => (client: DeltaClient) =>
  client.names('RDS').some((name) => JSON.stringify(client.routes(name)).includes(`"${path}"`));

const base = [m.gatewayClass(), m.service(), m.endpointSlice(['10.0.0.1'])];
const gateway = m.gateway([m.httpListener()]);
const outside = { ip: { address: '10.1.0.1', port: 80 } };
const second = m.gateway([m.httpListener({ port: 8080 })], { name: 'second' });
const route = m.httpRoute([backend, sibling]);
const certificate = tlsSecret('cert', selfSigned(['a.test']));
const https = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };

/** Two targets, so that a condition has a target when the other cannot be read. */
function policyFixture(kind: string, target: string, fields: object = {}): Fixture {
  const to = { group: target === 'Service' ? '' : 'gateway.networking.k8s.io', kind: target };
  const names = { HTTPRoute: ['first', 'route'], Gateway: ['second', 'web'], Service: ['first', 'app'] }[
    target
  ];
  return {
    object: m.policy(kind, { targetRefs: names?.map((name) => ({ ...to, name })), ...fields }),
    others: [
      ...base,
      gateway,
      second,
      route,
      m.httpRoute([backend], { name: 'first', hostnames: ['first.test'] }),
    ],
    reported: `${kind}/default/policy` as ResourceKey,
  };
}

/** A route below HTTP has one rule, so no part of it works without the other. */
function bytesFixture(kind: 'TLSRoute' | 'TCPRoute' | 'UDPRoute', of: object): Fixture {
  const object = {
    ...m.httpRoute([backend], { parentRefs: [{ name: 'second' }, { name: 'web' }] }),
    kind,
  };
  const listener = { name: 'bytes', port: 9000, ...of };
  return {
    object,
    others: [...base, m.gateway([listener]), m.gateway([listener], { name: 'second' })],
    reported: `${kind}/default/route` as ResourceKey,
  };
}

const fixtures: Readonly<Record<string, Fixture>> = {
  GatewayClass: {
    object: m.gatewayClass(),
    others: [...base.slice(1), gateway, route],
    reported: 'GatewayClass//sluice' as ResourceKey,
    silent: { 'it belongs to no controller that could say so': /^spec\.controllerName$/ },
    beside: serves('/sibling'),
  },
  Gateway: {
    object: m.gateway([{ ...https, port: 8443 }, m.httpListener()]),
    others: [...base, second, route, certificate],
    reported: 'Gateway/default/web' as ResourceKey,
    silent: { 'it belongs to no class, and so to no controller': /^spec\.gatewayClassName$/ },
    beside: serves('/sibling'),
  },
  ListenerSet: {
    object: m.listenerSet([
      { ...https, port: 8443 },
      m.httpListener({ name: 'more', hostname: 'more.test' }),
    ]),
    others: [
      ...base,
      m.gateway([m.httpListener()], { allowedListeners: { namespaces: { from: 'Same' } } }),
      certificate,
    ],
    reported: 'ListenerSet/default/set' as ResourceKey,
    silent: { 'it belongs to no Gateway, and so to no controller': /^spec\.parentRef/ },
    beside: (client) => JSON.stringify(client.routes('default/web/80:*')).includes('more.test'),
  },
  HTTPRoute: {
    object: m.httpRoute([backend, sibling], {
      parentRefs: [{ name: 'second' }, { name: 'web' }],
      hostnames: ['a.test', 'b.test'],
    }),
    others: [...base, gateway, second],
    reported: 'HTTPRoute/default/route' as ResourceKey,
    // Its labels and its age say which policies are in force on it, so that all of it is closed without them.
    beside: (client, path) => path.startsWith('metadata') || serves('/sibling')(client),
  },
  GRPCRoute: {
    object: m.grpcRoute(
      [
        { matches: [{ method: { service: 'shop.Cart' } }], ...backend },
        { matches: [{ method: { service: 'sibling' } }], ...backend },
      ],
      { parentRefs: [{ name: 'second' }, { name: 'web' }], hostnames: ['a.test', 'b.test'] },
    ),
    others: [...base, gateway, second],
    reported: 'GRPCRoute/default/route' as ResourceKey,
    // As for an HTTPRoute.
    beside: (client, path) => path.startsWith('metadata') || serves('/sibling')(client),
  },
  TLSRoute: bytesFixture('TLSRoute', { protocol: 'TLS', tls: { mode: 'Passthrough' } }),
  TCPRoute: bytesFixture('TCPRoute', { protocol: 'TCP' }),
  UDPRoute: bytesFixture('UDPRoute', { protocol: 'UDP' }),
  ReferenceGrant: {
    object: m.referenceGrant(
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
      { group: '', kind: 'Service' },
      'far',
    ),
    others: [
      ...base,
      gateway,
      m.service('app', { namespace: 'far' }),
      m.httpRoute([{ backendRefs: [m.backend('app', { namespace: 'far' })] }, sibling]),
    ],
    reported: 'HTTPRoute/default/route' as ResourceKey,
    beside: serves('/sibling'),
  },
  EnvoyProxy: {
    object: m.envoyProxy({}),
    others: [
      ...base,
      route,
      m.gateway([m.httpListener()], {
        infrastructure: {
          parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' },
        },
      }),
    ],
    reported: 'Gateway/default/web' as ResourceKey,
    beside: serves('/sibling'),
  },
  EnvoyExtensionPolicy: {
    object: m.extensionPolicy({
      targetRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'first' },
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' },
      ],
    }),
    others: [...base, gateway, route, m.httpRoute([backend], { name: 'first', hostnames: ['first.test'] })],
    reported: 'EnvoyExtensionPolicy/default/plugins' as ResourceKey,
  },
  HTTPRouteFilter: {
    object: m.routeFilter({ directResponse: {} }),
    others: [...base, gateway, m.httpRoute([{ filters: [m.toFilter()] }, sibling])],
    reported: 'HTTPRoute/default/route' as ResourceKey,
    beside: serves('/sibling'),
  },
  Backend: {
    object: m.backendObject({ endpoints: [outside, outside], tls: { insecureSkipVerify: true } }),
    others: [...base, gateway, m.httpRoute([{ backendRefs: [m.toObject()] }, sibling])],
    reported: 'Backend/default/outside' as ResourceKey,
    beside: serves('/sibling'),
  },
  ...Object.fromEntries(
    Object.entries({
      SecurityPolicy: 'HTTPRoute',
      BackendTrafficPolicy: 'HTTPRoute',
      ClientTrafficPolicy: 'Gateway',
      EnvoyPatchPolicy: 'Gateway',
    }).map(([kind, target]) => [kind, policyFixture(kind, target)]),
  ),
  BackendTLSPolicy: {
    ...policyFixture('BackendTLSPolicy', 'Service', {
      validation: { hostname: 'a.test', wellKnownCACertificates: 'System' },
    }),
  },
  Service: {
    object: m.service(),
    others: [
      base[0]!,
      base[2]!,
      gateway,
      m.service('other'),
      m.httpRoute([backend, { matches: [m.prefix('/sibling')], backendRefs: [m.backend('other')] }]),
    ],
    reported: 'HTTPRoute/default/route' as ResourceKey,
    silent: {
      'addresses say how a backend is reached, and one that is none is as good as none':
        /^spec\.(clusterIP|externalIP)|^status/,
    },
    beside: serves('/sibling'),
  },
  Secret: {
    object: certificate,
    others: [...base, m.gateway([https, m.httpListener()]), route],
    reported: 'Gateway/default/web' as ResourceKey,
    beside: serves('/sibling'),
  },
};

const unrefusable = [
  'ClusterTrustBundle',
  'ConfigMap',
  'CustomResourceDefinition',
  'EndpointSlice',
  'Namespace',
];

/** Objects unrelated to the one under test, except for its class. */
const apart = [
  m.gateway([m.httpListener({ port: 9090 })], { name: 'apart' }),
  m.service('far'),
  m.httpRoute([{ backendRefs: [m.backend('far')] }], { name: 'apart', parentRefs: [{ name: 'apart' }] }),
];

test('every kind is looked at here', () => {
  expect([...Object.keys(fixtures), ...unrefusable].sort()).toEqual(Object.keys(kindTable).sort());
});

test.each(Object.entries(kindTable))(
  'every number of a %s fits into 32 bits, as those of Envoy do',
  (_, def) => {
    const leaves = leavesOf('schema' in def ? def.schema : undefined);
    // Counted by the API server in 64 bits; no proxy receives it.
    const unbounded = leaves.filter(({ beyond, path }) => beyond.length > 0 && path.at(-1) !== 'generation');
    expect(unbounded.map(({ path }) => fieldPath(path))).toEqual([]);
  },
);

test.each(Object.entries(fixtures))('no field of a %s is refused without a word', async (kind, fixture) => {
  const def = kindTable[kind as keyof typeof kindTable];
  const pipeline = await Pipeline.started([...fixture.others, ...apart, fixture.object], {
    settings: { lua: true },
  });
  const client = await pipeline.connected();
  const unchanged = resourcesApart(pipeline);
  const wrong: string[] = [];
  let tried = 0;
  for (const [place, leaf] of leavesOf('schema' in def ? def.schema : undefined).entries()) {
    const path = fieldPath(leaf.path);
    if (made.test(path) || elsewhere.test(path)) continue;
    for (const [sort, bad] of leaf.bad.entries()) {
      tried++;
      const object = withField(fixture.object, leaf, bad);
      const parsed = def.parse(object);
      const at = `${path} = ${JSON.stringify(bad).slice(0, 40)}`;
      if (parsed.kind !== 'row') {
        wrong.push(`${at}: no row`);
        continue;
      }
      if (!(parsed.problems ?? []).some((problem) => problem.path.startsWith(path)))
        wrong.push(`${at}: not marked, but ${JSON.stringify(parsed.problems)}`);
      if (sort !== place % leaf.bad.length) continue;
      pipeline.apply(object);
      await pipeline.drain();
      const isSilent = Object.values(fixture.silent ?? {}).some((pattern) => pattern.test(path));
      const text = JSON.stringify(pipeline.controller.status(fixture.reported) ?? '');
      if (!isSilent && !text.includes(JSON.stringify(path).slice(1, -1)))
        wrong.push(`${at}: not reported in ${text}`);
      if (
        !isSilent &&
        !path.endsWith('generation') &&
        !hasGeneration(text, generationOf(fixture.reported, [object, ...fixture.others]))
      )
        wrong.push(`${at}: another generation in ${text}`);
      if (!isSilent && fixture.beside?.(client, path) === false)
        wrong.push(`${at}: what is beside it is not served`);
      if (!isSilent && resourcesApart(pipeline) !== unchanged)
        wrong.push(`${at}: another Gateway is different`);
    }
    pipeline.apply(fixture.object);
    await pipeline.drain();
  }
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(10);
});

const ofEnvoyGateway = Object.entries(fixtures).filter(
  ([kind]) => kindTable[kind as keyof typeof kindTable].group === 'gateway.envoyproxy.io',
);

test.each(ofEnvoyGateway)('a %s of a newer release says what is not known', async (kind, fixture) => {
  const def = kindTable[kind as keyof typeof kindTable];
  const pipeline = await Pipeline.started([...fixture.others, ...apart, fixture.object], {
    settings: { lua: true },
  });
  const unchanged = resourcesApart(pipeline);
  const wrong: string[] = [];
  const newer = newerObjects(kind, fixture.object);
  for (const { path, object } of newer) {
    const parsed = def.parse(object);
    pipeline.apply(object);
    await pipeline.drain();
    const text = JSON.stringify(pipeline.controller.status(fixture.reported) ?? '');
    // A map with the new field alone may lack others, and then these are named.
    const isAccepted = !text.includes('"status":"False"');
    if (parsed.kind !== 'row') wrong.push(`${path}: no row`);
    else if (!text.includes('"NotSupported"') && !isNamed(path, text, isAccepted))
      wrong.push(`${path}: not reported in ${text}`);
    if (resourcesApart(pipeline) !== unchanged) wrong.push(`${path}: another Gateway is different`);
  }
  expect(wrong).toEqual([]);
  expect(newer.length).toBeGreaterThan(5);
});

function resourcesApart(pipeline: Pipeline): string {
  const resources = [...pipeline.view('default/apart')].map(String).sort(compareText).join('\n');
  return `${resources}\n${JSON.stringify(pipeline.status('HTTPRoute', 'apart'))}`;
}
