import * as fc from 'fast-check';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { selfSigned, tlsSecret } from './certificate.ts';
import { edit, type Edit } from './edit.ts';
import * as m from './manifests.ts';
import { controllerName } from '../pipeline/memory-reader.ts';
import { anyPolicyEdit } from './any-policy-edit.ts';

/**
 * Edits of few objects with many references: Gateways, routes, Services, grants, Secrets, Namespaces, classes,
 * EnvoyProxies, policies and the settings. Few, so that an edited object is often in use.
 */
export function anyEdit(): fc.Arbitrary<Edit> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.oneof(...routes.map(([namespace, name]) => routeEdit(namespace, name))) },
    { weight: 3, arbitrary: fc.oneof(...gateways.map(gatewayEdit)) },
    { weight: 3, arbitrary: fc.oneof(...services.map(([namespace, name]) => serviceEdit(namespace, name))) },
    { weight: 3, arbitrary: fc.oneof(...slices.map(([namespace, name]) => sliceEdit(namespace, name))) },
    { weight: 2, arbitrary: fc.oneof(...grants.map(([namespace, name]) => grantEdit(namespace, name))) },
    { weight: 2, arbitrary: fc.oneof(...['default', 'other'].map(secretEdit)) },
    { weight: 1, arbitrary: fc.oneof(...['default', 'other'].map(namespaceEdit)) },
    { weight: 1, arbitrary: fc.oneof(...['sluice', 'elsewhere'].map(classEdit)) },
    { weight: 1, arbitrary: fc.oneof(...proxies.map(([namespace, name]) => proxyEdit(namespace, name))) },
    { weight: 1, arbitrary: fc.oneof(...gateways.map(proxyServiceEdit)) },
    { weight: 3, arbitrary: anyPolicyEdit() },
    { weight: 2, arbitrary: settingsEdit },
  );
}

export function initialEdits(): Edit[] {
  const manifests = [
    m.gatewayClass(),
    m.gateway([m.httpListener(), httpsListener('s', 443, undefined, 'default')]),
    m.gateway([m.httpListener({ hostname: '*.example.com' }), teamListener], { name: 'edge' }),
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'r0' }),
    m.httpRoute([{ matches: [m.prefix('/two')], backendRefs: [m.backend('app2')] }], {
      name: 'r1',
      parentRefs: [{ name: 'web' }, { name: 'edge' }],
      hostnames: ['a.example.com'],
    }),
    m.service('app', { port: { name: 'http' } }),
    m.service('app2', { port: { name: 'http' } }),
    m.endpointSlice(['10.0.0.1'], { name: 's0', portName: 'http' }),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team: 'a' } } },
    secrets[0] ?? {},
  ];
  return manifests.map((manifest) => ({ key: keyOf(manifest), manifest }));
}

export const settingsEditKey = resourceKey('Settings', '', '');

const gateways = ['web', 'edge'];
const proxies = [
  ['default', 'proxy'],
  ['other', 'proxy'],
] as const;
const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const routes = [
  ['default', 'r0'],
  ['default', 'r1'],
  ['default', 'r2'],
  ['default', 'r3'],
  ['other', 'r4'],
] as const;
const services = [
  ['default', 'app'],
  ['default', 'app2'],
  ['other', 'app'],
  ['other', 'app2'],
] as const;
const slices = [
  ['default', 's0'],
  ['default', 's1'],
  ['default', 's2'],
  ['other', 's3'],
] as const;
const grants = [
  ['other', 'g0'],
  ['other', 'g1'],
  ['default', 'g2'],
] as const;
const secrets = ['a.example.com', 'b.example.com'].map((name) => tlsSecret('tls', selfSigned([name])));

function httpsListener(name: string, port: number, hostname: string | undefined, namespace: string): object {
  return {
    name,
    port,
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'tls', namespace }] },
    ...(hostname === undefined ? {} : { hostname }),
  };
}

const teamListener = m.httpListener({
  name: 'team',
  port: 8080,
  allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' } } } },
});

const listeners = [
  m.httpListener(),
  m.httpListener({ name: 'wild', hostname: '*.example.com' }),
  m.httpListener({
    name: 'exact',
    hostname: 'a.example.com',
    allowedRoutes: { namespaces: { from: 'All' } },
  }),
  teamListener,
  httpsListener('s', 443, undefined, 'default'),
  httpsListener('s-a', 443, 'a.example.com', 'other'),
  httpsListener('conflict', 80, 'b.example.com', 'default'),
  { name: 'tcp', port: 9000, protocol: 'TCP' },
];

function gatewayEdit(name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      chosen: fc.subarray(listeners, { minLength: 1, maxLength: 5 }),
      gatewayClassName: fc.constantFrom('sluice', 'sluice', 'sluice', 'elsewhere'),
      infrastructure: fc.constantFrom<object>({}, {}, { parametersRef }, { labels: { team: 'a' } }),
      pluginsFrom: fc.constantFrom(undefined, 'other', '*', 'no name'),
    })
    .map(({ chosen, pluginsFrom, ...spec }) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: {
        name,
        namespace: 'default',
        annotations: pluginsFrom === undefined ? {} : { 'sluice.dev/plugins-from': pluginsFrom },
      },
      spec: { ...spec, listeners: chosen },
    }));
  return edit('Gateway', 'default', name, manifest);
}

const backendRef = fc
  .record({
    name: fc.constantFrom('app', 'app2', 'missing'),
    namespace: fc.constantFrom(undefined, 'default', 'other'),
    port: fc.constantFrom(80, 81),
  })
  .map(({ namespace, ...ref }) => (namespace === undefined ? ref : { ...ref, namespace }));

const mirror = backendRef.map((ref) => ({ type: 'RequestMirror', requestMirror: { backendRef: ref } }));

const weightedRef = fc
  .record({ ref: backendRef, weight: fc.constantFrom(1, 0, 3), filters: fc.array(mirror, { maxLength: 1 }) })
  .map(({ ref, ...rest }) => ({ ...ref, ...rest }));

const rule = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      matches: fc.constantFrom('/', '/a', '/b/c').map((value) => [{ path: { type: 'PathPrefix', value } }]),
      backendRefs: fc.array(weightedRef, { maxLength: 2 }),
      filters: fc.array(mirror, { maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] },
      { filters: [{ type: 'ExtensionRef', extensionRef: { group: 'x.io', kind: 'Y', name: 'z' } }] },
      { matches: [{ path: { type: 'RegularExpression', value: '(?=no)re2' } }], backendRefs: [m.backend()] },
    ),
  },
);

const parentSets = [
  [{ name: 'web', namespace: 'default' }],
  [{ name: 'edge', namespace: 'default' }],
  [
    { name: 'web', namespace: 'default' },
    { name: 'edge', namespace: 'default' },
  ],
  [
    { name: 'web', namespace: 'default', sectionName: 'http' },
    { name: 'web', namespace: 'default', sectionName: 's-a' },
  ],
  [{ name: 'web', namespace: 'default', port: 80 }],
];
const hostnames = ['a.example.com', '*.example.com', 'b.example.com', 'example.org', 'x.a.example.com'];

function routeEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
      parentRefs: fc.constantFrom(...parentSets),
      names: fc.subarray(hostnames, { maxLength: 2 }),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      labels: fc.constantFrom({}, {}, { team: 'a' }, { team: 'b', zone: 'z' }),
    })
    .map(({ rules, names, ...rest }) => m.httpRoute(rules, { name, namespace, hostnames: names, ...rest }));
  return edit('HTTPRoute', namespace, name, manifest);
}

function serviceEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const port = fc.record({
    appProtocol: fc.constantFrom(undefined, 'kubernetes.io/h2c', 'https'),
    protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
  });
  const manifest = fc
    .record({
      first: fc.option(port, { nil: undefined, freq: 5 }),
      second: fc.option(port, { nil: undefined, freq: 2 }),
      type: fc.constantFrom('ClusterIP', 'ClusterIP', 'ExternalName'),
      clusterIP: fc.constantFrom('10.96.0.1', 'None'),
    })
    .map(({ first, second, ...spec }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        ...spec,
        ports: [
          ...(first === undefined ? [] : [{ ...first, name: 'http', port: 80 }]),
          ...(second === undefined ? [] : [{ ...second, name: 'alt', port: 81 }]),
        ],
      },
    }));
  return edit('Service', namespace, name, manifest);
}

function sliceEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const endpoint = fc
    .record({
      address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '127.0.0.1'),
      conditions: fc.constantFrom<object>(
        {},
        { ready: false },
        { ready: false, serving: true, terminating: true },
      ),
    })
    .map(({ address, conditions }) => ({ addresses: [address], conditions }));
  const manifest = fc
    .record({
      endpoints: fc.array(endpoint, { maxLength: 3 }),
      service: fc.constantFrom('app', 'app2'),
      portName: fc.constantFrom('http', 'alt'),
    })
    .map(({ endpoints, ...rest }) => m.endpointSlice(endpoints, { name, namespace, ...rest }));
  return edit('EndpointSlice', namespace, name, manifest);
}

function grantEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      from: fc.record({
        group: fc.constantFrom(
          'gateway.networking.k8s.io',
          'gateway.networking.k8s.io',
          'gateway.envoyproxy.io',
        ),
        kind: fc.constantFrom('HTTPRoute', 'Gateway', 'EnvoyExtensionPolicy', 'SecurityPolicy'),
        namespace: fc.constantFrom('default', 'other'),
      }),
      to: fc.constantFrom<object>(
        { kind: 'Service' },
        { kind: 'Secret' },
        { kind: 'Service', name: 'app' },
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
      ),
    })
    .map(({ from, to }) => ({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name, namespace },
      spec: { from: [from], to: [{ group: '', ...to }] },
    }));
  return edit('ReferenceGrant', namespace, name, manifest);
}

function secretEdit(namespace: string): fc.Arbitrary<Edit> {
  const whole = secrets.map((secret) => ({ ...secret, metadata: { name: 'tls', namespace } }));
  const broken = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'tls', namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': 'no certificate', 'tls.key': 'no key' },
  };
  return edit('Secret', namespace, 'tls', fc.constantFrom<object>(...whole, broken));
}

function proxyEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const spec = fc.record({
    concurrency: fc.constantFrom(1, 2),
    routingType: fc.constantFrom('Endpoint', 'Service'),
    provider: fc.constantFrom<object>(
      {},
      { kubernetes: { useListenerPortAsContainerPort: true } },
      { kubernetes: { envoyService: { name: 'edge-sluice' } } },
    ),
    telemetry: fc.constantFrom<object>({}, { accessLog: { disable: true } }),
  });
  return edit(
    'EnvoyProxy',
    namespace,
    name,
    spec.map((value) => m.envoyProxy(value, { namespace, name })),
  );
}

/** As Sluice makes it, with addresses from a load balancer. */
function proxyServiceEdit(gateway: string): fc.Arbitrary<Edit> {
  const ingress = fc.constantFrom<object[]>([], [{ ip: '192.0.2.1' }], [{ hostname: 'lb.example.com' }]);
  const manifest = fc
    .record({ ingress, targetPort: fc.constantFrom(80, 10_080) })
    .map(({ ingress: found, targetPort }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${gateway}-sluice`, namespace: 'default' },
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.2',
        ports: [{ name: 'http-80', port: 80, targetPort }],
      },
      status: { loadBalancer: { ingress: found } },
    }));
  return edit('Service', 'default', `${gateway}-sluice`, manifest);
}

function namespaceEdit(name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .constantFrom<object>({}, { team: 'a' }, { team: 'b' })
    .map((labels) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  return edit('Namespace', '', name, manifest);
}

function classEdit(name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      controller: fc.constantFrom(controllerName, 'other.dev/controller'),
      parameters: fc.constantFrom<object>({}, { parametersRef: { ...parametersRef, namespace: 'other' } }),
    })
    .map(({ controller, parameters }) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name },
      spec: { controllerName: controller, ...parameters },
    }));
  return edit('GatewayClass', '', name, manifest);
}

const settingsEdit: fc.Arbitrary<Edit> = fc
  .record({
    controllerName: fc.constantFrom(controllerName, controllerName, 'other.dev/controller'),
    allowLoopbackEndpoints: fc.boolean(),
    managedProxies: fc.boolean(),
    lua: fc.constantFrom(true, true, false),
    ignoredPolicies: fc.constantFrom<string[]>([], [], ['SecurityPolicy'], ['BackendTLSPolicy']),
  })
  .map((settings) => ({ key: settingsEditKey, manifest: undefined, settings }));

function keyOf(manifest: object): ResourceKey {
  const { kind, metadata } = manifest as { kind: string; metadata: { name: string; namespace?: string } };
  return resourceKey(kind, metadata.namespace ?? '', metadata.name);
}
