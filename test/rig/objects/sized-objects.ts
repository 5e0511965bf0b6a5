import { selfSigned, tlsSecret } from './certificate.ts';
import * as m from './manifests.ts';

export const axes = [
  'gateways',
  'routes',
  'routesOfHost',
  'policies',
  'trafficPolicies',
  'selectors',
  'routeFilters',
  'grants',
  'listeners',
  'tlsListeners',
  'listenerSets',
  'serverNames',
  'routesOfPort',
  'routesOfBackend',
  'proxies',
] as const;
export type Axis = (typeof axes)[number];
export type Sizes = Readonly<Record<Axis, number>>;

/** The changed route shares it with `routesOfHost` others. */
const sharedHost = 'host.test';

export function sizedObjects(sizes: Sizes): object[] {
  const others = Object.entries(otherThings).flatMap(([axis, of]) => names(sizes[axis as Axis]).flatMap(of));
  return [
    m.gatewayClass(),
    web(sizes, { revision: 0 }),
    tlsSecret('cert', certificate),
    ...['app', 'other'].flatMap((name) => [m.service(name), slice(name, 0)]),
    m.service('app', { namespace: 'far' }),
    subject(0),
    listenerSet(0),
    ofSet(0),
    guarded(0),
    named(0),
    ofPort(0),
    outside(0),
    toOutside('first'),
    policy('guard', 'guarded', 0),
    treated(0),
    treatment('treat', 'treated', 0),
    filtered(0),
    routeFilter('filter', 0),
    credential('filter'),
    setPolicy(0),
    grant(0),
    ...others,
  ];
}

/** Names are equally long, so that no count of bytes grows by a digit. */
export function names(size: number): string[] {
  return Array.from({ length: size }, (_, i) => `n${String(i).padStart(4, '0')}`);
}

const otherThings: Readonly<
  Record<Exclude<Axis, 'listeners' | 'tlsListeners' | 'proxies'>, (name: string) => object[]>
> = {
  gateways: (name) => [
    m.gateway([m.httpListener()], { name: `gateway-${name}` }),
    m.service(`of-gateway-${name}`),
    slice(`of-gateway-${name}`, 0),
    m.httpRoute([{ backendRefs: [m.backend(`of-gateway-${name}`)] }], {
      name: `of-gateway-${name}`,
      parentRefs: [{ name: `gateway-${name}` }],
    }),
  ],
  routes: (name) => [
    m.service(`own-${name}`),
    slice(`own-${name}`, 0),
    m.httpRoute([{ backendRefs: [m.backend(`own-${name}`)] }], {
      ...onHttp,
      name: `own-${name}`,
      hostnames: [`own-${name}.test`],
    }),
  ],
  routesOfHost: (name) => [
    m.httpRoute([{ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend('other')] }], {
      ...onHttp,
      name: `host-${name}`,
      hostnames: [sharedHost],
    }),
  ],
  policies: (name) => [
    m.httpRoute([{ backendRefs: [m.backend('other')] }], {
      ...onHttp,
      name: `guarded-${name}`,
      hostnames: [`guarded-${name}.test`],
    }),
    policy(`guard-${name}`, `guarded-${name}`, 0),
  ],
  trafficPolicies: (name) => [
    m.httpRoute([{ backendRefs: [m.backend()] }], {
      ...onHttp,
      name: `treated-${name}`,
      hostnames: [`treated-${name}.test`],
    }),
    treatment(`treat-${name}`, `treated-${name}`, 0),
  ],
  selectors: (name) => [
    m.extensionPolicy(
      { targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { team: name } }], lua: script(0) },
      { name: `select-${name}` },
    ),
  ],
  routeFilters: (name) => [
    m.httpRoute([{ filters: [m.toFilter(`filter-${name}`)], backendRefs: [m.backend('other')] }], {
      ...onHttp,
      name: `filtered-${name}`,
      hostnames: [`filtered-${name}.test`],
    }),
    routeFilter(`filter-${name}`, 0),
    credential(`filter-${name}`),
  ],
  listenerSets: (name) => [
    m.listenerSet([m.httpListener({ hostname: `set-${name}.test` })], { name: `set-${name}` }),
  ],
  serverNames: (name) => [
    m.tlsRoute([m.backend('other')], { ...onTls, name: `name-${name}`, hostnames: [`${name}.names.test`] }),
  ],
  routesOfPort: (name) => [m.tcpRoute([m.backend('other')], { ...onTcp, name: `port-${name}` })],
  routesOfBackend: (name) => [toOutside(name)],
  grants: (name) => [
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: `grant-${name}`, namespace: 'far' },
      spec: { from: [{ ...fromRoutes, namespace: `team-${name}` }], to: [{ group: '', kind: 'Service' }] },
    },
  ],
};

/** The changed TLSRoute, of a port that it shares with `serverNames` others. */
export function named(revision: number, hostname = 'named.test'): object {
  return m.tlsRoute([m.backend('app', { weight: revision + 1 }), m.backend('other')], {
    ...onTls,
    name: 'named',
    hostnames: [hostname],
  });
}

/** The changed TCPRoute, the oldest of its port. */
export function ofPort(revision: number): object {
  return m.tcpRoute([m.backend('app', { weight: revision + 1 }), m.backend('other')], {
    ...onTcp,
    name: 'of-port',
    creationTimestamp: '2025-01-01T00:00:00Z',
  });
}

/** The changed Backend, which its routes share. */
export function outside(revision: number): object {
  const address = `10.2.${revision >> 8}.${revision & 255}`;
  return m.backendObject({ endpoints: [{ ip: { address, port: 80 } }] });
}

function toOutside(name: string): object {
  const of = `outside-${name}`;
  return m.httpRoute([{ backendRefs: [m.toObject()] }], { ...onHttp, name: of, hostnames: [`${of}.test`] });
}

/** `hostname`: of a listener without routes. */
export function web(
  sizes: Sizes,
  { revision, hostname = 'edited.test' }: { readonly revision: number; readonly hostname?: string },
): object {
  return m.gateway(
    [
      m.httpListener(),
      tlsListener('edited', hostname),
      { name: 'passes', port: 8443, protocol: 'TLS', tls: { mode: 'Passthrough' } },
      { name: 'tcp', port: 9000, protocol: 'TCP' },
      ...names(sizes.listeners).map((name) => m.httpListener({ name, hostname: `${name}.test` })),
      ...names(sizes.tlsListeners).map((name) => tlsListener(`tls-${name}`, `tls-${name}.test`)),
    ],
    {
      infrastructure: { labels: { revision: `r${revision}` } },
      allowedListeners: { namespaces: { from: 'Same' } },
    },
  );
}

/** The changed ListenerSet. */
export function listenerSet(revision: number): object {
  const more = m.httpListener({ name: 'more', hostname: `more-${revision}.test` });
  return m.listenerSet([m.httpListener({ hostname: 'set.test' }), more], { name: 'set' });
}

/** The changed route of a ListenerSet. */
export function ofSet(revision: number): object {
  const parentRefs = [{ kind: 'ListenerSet', name: 'set', sectionName: 'http' }];
  return m.httpRoute([ruleOf(revision)], { name: 'of-set', parentRefs });
}

/** The changed route; a grant opens the namespace of its far backend. */
export function subject(revision: number): object {
  const far = { matches: [m.prefix('/far')], backendRefs: [m.backend('app', { namespace: 'far' })] };
  return m.httpRoute([ruleOf(revision), far], { ...onHttp, name: 'subject', hostnames: [sharedHost] });
}

export function guarded(revision: number): object {
  return m.httpRoute([ruleOf(revision)], { ...onHttp, name: 'guarded', hostnames: ['guarded.test'] });
}

/** The changed route with a BackendTrafficPolicy. */
export function treated(revision: number): object {
  return m.httpRoute([ruleOf(revision)], { ...onHttp, name: 'treated', hostnames: ['treated.test'] });
}

/** A policy with settings of the route, of its cluster and with a limit. */
export function treatment(name: string, route: string, revision: number): object {
  return m.policy(
    'BackendTrafficPolicy',
    {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route }],
      timeout: { http: { streamIdleTimeout: `${1000 + revision}s` } },
      circuitBreaker: { maxConnections: 1000 + revision },
      rateLimit: { type: 'Local', local: { rules: [{ limit: { requests: 10, unit: 'Hour' } }] } },
    },
    { name },
  );
}

export function passing(): object {
  return m.httpRoute([ruleOf(0)], { ...onHttp, name: 'passing', hostnames: ['passing.test'] });
}

export function policy(name: string, route: string, revision: number): object {
  const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route };
  return m.extensionPolicy({ targetRefs: [target], lua: script(revision) }, { name });
}

export function filtered(revision: number): object {
  const { filters, backendRefs } = ruleOf(revision);
  const rule = { filters: [...filters, m.toFilter('filter')], backendRefs };
  return m.httpRoute([rule], { ...onHttp, name: 'filtered', hostnames: ['filtered.test'] });
}

/** An HTTPRouteFilter with a credential. */
export function routeFilter(name: string, revision: number): object {
  const credentialInjection = { header: `x-key-${revision}`, credential: { valueRef: { name } } };
  return m.routeFilter({ credentialInjection }, { name });
}

function credential(name: string): object {
  const metadata = { name, namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: { credential: name } };
}

/** The changed policy of a ListenerSet. */
export function setPolicy(revision: number): object {
  const target = { group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'set' };
  return m.extensionPolicy({ targetRefs: [target], lua: script(revision) }, { name: 'of-set' });
}

/** Allows the far backend, whatever the revision. */
export function grant(revision: number): object {
  const to = [
    { group: '', kind: 'Service' },
    { group: '', kind: 'Service', name: `r${revision}` },
  ];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'grant', namespace: 'far' },
    spec: { from: [{ ...fromRoutes, namespace: 'default' }], to },
  };
}

export function slice(service: string, revision: number): object {
  return m.endpointSlice([`10.1.${revision >> 8}.${revision & 255}`], { name: `${service}-1`, service });
}

function tlsListener(name: string, hostname: string): object {
  return { name, port: 443, protocol: 'HTTPS', hostname, tls: { certificateRefs: [{ name: 'cert' }] } };
}

function ruleOf(revision: number): { readonly filters: object[]; readonly backendRefs: object[] } {
  const set = [{ name: 'x-revision', value: `r${revision}` }];
  return {
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }],
    backendRefs: [m.backend()],
  };
}

function script(revision: number): object[] {
  return [{ type: 'Inline', inline: `function envoy_on_request(handle) end -- r${revision}` }];
}

const onTls = { parentRefs: [{ name: 'web', sectionName: 'passes' }] };
const onTcp = { parentRefs: [{ name: 'web', sectionName: 'tcp' }] };
const onHttp = { parentRefs: [{ name: 'web', sectionName: 'http' }] };
const fromRoutes = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' };
const certificate = selfSigned(['*.test']);
