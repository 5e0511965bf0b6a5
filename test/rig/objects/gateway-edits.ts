import * as fc from 'fast-check';
import { edit, type Edit } from './edit.ts';
import * as m from './manifests.ts';
import { controllerName } from '../pipeline/memory-reader.ts';

const gateways = ['web', 'edge'];
const sets = [
  ['default', 'ls0'],
  ['other', 'ls1'],
] as const;
const proxies = [
  ['default', 'proxy'],
  ['other', 'proxy'],
] as const;
const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };

/** Edits of GatewayClasses, Gateways, ListenerSets, EnvoyProxies, and the Services of Gateways' proxies. */
export const gatewayEdits = {
  classes: () => fc.oneof(...['sluice', 'elsewhere'].map(classEdit)),
  gateways: () => fc.oneof(...gateways.map(gatewayEdit)),
  listenerSets: () => fc.oneof(...sets.map(([namespace, name]) => listenerSetEdit(namespace, name))),
  proxies: () => fc.oneof(...proxies.map(([namespace, name]) => proxyEdit(namespace, name))),
  proxyServices: () => fc.oneof(...gateways.map(proxyServiceEdit)),
};

export function httpsListener(
  name: string,
  port: number,
  hostname: string | undefined,
  namespace: string,
): object {
  return {
    name,
    port,
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'tls', namespace }] },
    ...(hostname === undefined ? {} : { hostname }),
  };
}

export const teamListener = m.httpListener({
  name: 'team',
  port: 8080,
  allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' } } } },
});

const filter = { type: 'ExternalAuth', externalAuth: { protocol: 'HTTP', backendRef: m.backend('app2') } };
const all = { allowedRoutes: { namespaces: { from: 'All' } } };
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
  {
    ...m.httpListener({ name: 'filtered', hostname: '*.filtered.example.com', ...all }),
    filters: { requests: [filter] },
  },
  { name: 'tcp', port: 9000, protocol: 'TCP', ...all },
  { name: 'udp', port: 9000, protocol: 'UDP', ...all },
  {
    name: 'passes',
    port: 443,
    protocol: 'TLS',
    hostname: '*.example.com',
    tls: { mode: 'Passthrough' },
    ...all,
  },
];

const letIn = [
  { from: 'All' },
  { from: 'Same' },
  { from: 'Selector', selector: { matchLabels: { team: 'a' } } },
];

function gatewayEdit(name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      chosen: fc.subarray(listeners, { minLength: 1, maxLength: 5 }),
      gatewayClassName: fc.constantFrom('sluice', 'sluice', 'sluice', 'elsewhere'),
      infrastructure: fc.constantFrom<object>({}, {}, { parametersRef }, { labels: { team: 'a' } }),
      pluginsFrom: fc.constantFrom(undefined, 'other', '*', 'no name'),
      routeShards: fc.constantFrom(undefined, undefined, undefined, 'true', 'no flag'),
      allowed: fc.constantFrom<object>(
        {},
        ...letIn.map((namespaces) => ({ allowedListeners: { namespaces } })),
      ),
    })
    .map(({ chosen, pluginsFrom, routeShards, allowed, ...spec }) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: {
        name,
        namespace: 'default',
        annotations: {
          ...(pluginsFrom === undefined ? {} : { 'sluice.dev/plugins-from': pluginsFrom }),
          ...(routeShards === undefined ? {} : { 'sluice.dev/route-shards': routeShards }),
        },
      },
      spec: { ...spec, ...allowed, listeners: chosen },
    }));
  return edit('Gateway', 'default', name, manifest);
}

function listenerSetEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      chosen: fc.subarray(listeners, { minLength: 1, maxLength: 3 }),
      gateway: fc.constantFrom('web', 'web', 'edge'),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    })
    .map(({ chosen, gateway, creationTimestamp }) =>
      m.listenerSet(chosen, { name, namespace, creationTimestamp, parentRef: { name: gateway } }),
    );
  return edit('ListenerSet', namespace, name, manifest);
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

const backendRefs = [{ name: 'app', port: 80 }];
const sinks = {
  accessLog: { settings: [{ sinks: [{ type: 'ALS', als: { type: 'HTTP', backendRefs } }] }] },
};
const traces = { tracing: { provider: { backendRefs } } };

function proxyEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const spec = fc.record({
    concurrency: fc.constantFrom(1, 2),
    routingType: fc.constantFrom('Endpoint', 'Service'),
    provider: fc.constantFrom<object>(
      {},
      { kubernetes: { useListenerPortAsContainerPort: true } },
      { kubernetes: { envoyService: { name: 'edge-sluice' } } },
    ),
    telemetry: fc.constantFrom<object>({}, { accessLog: { disable: true } }, sinks, traces),
    backendTLS: fc.constantFrom<object | undefined>(
      undefined,
      { minVersion: '1.3' },
      { clientCertificateRef: { name: 'tls' } },
    ),
    preserveRouteOrder: fc.boolean(),
    mergeType: fc.constantFrom('Replace', 'StrategicMerge', 'JSONMerge'),
  });
  return edit(
    'EnvoyProxy',
    namespace,
    name,
    spec.map((value) => m.envoyProxy(value, { namespace, name })),
  );
}

/** Edits a Service such as Sluice makes, with addresses from a load balancer. */
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
