import * as m from './manifests.ts';
import { toRouteFilter } from './filter-reference-cases.ts';
import { base, toService, type Case, type ReferenceCases } from './reference-case.ts';

/** EndpointSlice has no schema: its one reference is this label. */
export const ofSlice = 'EndpointSlice metadata.labels[kubernetes.io/service-name]';

const mirror = { type: 'RequestMirror', requestMirror: { backendRef: m.backend('target') } };
const auth = {
  type: 'ExternalAuth',
  externalAuth: { protocol: 'HTTP', backendRef: m.backend('target') },
};
const udpService = (port: number): object => m.service('target', { port: { port, protocol: 'UDP' } });
const withListener = (name: string): object => m.gateway([m.httpListener({ name })]);
const toListener: Case['target'] = [withListener('http'), withListener('other')];

const across = m.backend('target', { namespace: 'other' });
const farService = (port: number): object => m.service('target', { namespace: 'other', port: { port } });
const grant = m.referenceGrant(
  { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
  { group: '', kind: 'Service', name: 'target' },
  'other',
);

/** Cases of routes of HTTP requests. */
function requestRoute(kind: string, route: typeof m.httpRoute): ReferenceCases {
  return {
    [`${kind} spec.parentRefs[]`]: {
      sources: [m.gatewayClass(), m.service(), route([{ backendRefs: [m.backend()] }])],
      target: [m.gateway([m.httpListener()]), m.gateway([m.httpListener({ hostname: 'other.example.com' })])],
    },
    [`${kind} spec.parentRefs[].sectionName`]: {
      sources: [
        m.gatewayClass(),
        m.service(),
        route([{ backendRefs: [m.backend()] }], { parentRefs: [{ name: 'web', sectionName: 'http' }] }),
      ],
      target: toListener,
    },
    [`${kind} spec.rules[].name`]: 'a name that it gives',
    [`${kind} spec.rules[].backendRefs[]`]: {
      sources: [...base, route([{ backendRefs: [m.backend('target')] }])],
      target: toService,
    },
    [`${kind} spec.rules[].backendRefs[].filters[].requestMirror.backendRef`]: {
      sources: [...base, m.service(), route([{ backendRefs: [m.backend('app', { filters: [mirror] })] }])],
      target: toService,
    },
    [`${kind} spec.rules[].filters[].requestMirror.backendRef`]: {
      sources: [...base, m.service(), route([{ backendRefs: [m.backend()], filters: [mirror] }])],
      target: toService,
    },
    [`${kind} spec.rules[].backendRefs[].filters[].extensionRef`]: {
      sources: [
        ...base,
        m.service(),
        route([{ backendRefs: [m.backend('app', { filters: [m.toFilter()] })] }]),
      ],
      target: toRouteFilter,
    },
    [`${kind} spec.rules[].filters[].extensionRef`]: {
      sources: [...base, m.service(), route([{ backendRefs: [m.backend()], filters: [m.toFilter()] }])],
      target: toRouteFilter,
    },
  };
}

/** Cases of routes of connections and datagrams. */
function streamRoute(
  kind: string,
  route: typeof m.tcpRoute,
  listener: object,
  target: Case['target'] = toService,
): ReferenceCases {
  const gateway = (fields: object = {}): object =>
    m.gateway([{ name: 'own', port: 80, ...listener, ...fields }]);
  return {
    [`${kind} spec.parentRefs[]`]: {
      sources: [m.gatewayClass(), m.service(), route([m.backend()])],
      target: [gateway(), gateway({ port: 81 })],
    },
    [`${kind} spec.parentRefs[].sectionName`]: {
      sources: [
        m.gatewayClass(),
        m.service(),
        route([m.backend()], { parentRefs: [{ name: 'web', sectionName: 'own' }] }),
      ],
      target: [gateway(), gateway({ name: 'other' })],
    },
    [`${kind} spec.rules[].name`]: 'a name that it gives',
    [`${kind} spec.rules[].backendRefs[]`]: {
      sources: [m.gatewayClass(), gateway(), route([m.backend('target')])],
      target,
    },
  };
}

const tlsRoute: typeof m.tcpRoute = (backends, options) =>
  m.tlsRoute(backends, { hostnames: ['a.test'], ...options });

/** Cases of routes, their grants and their backends. */
export const routeReferences: ReferenceCases = {
  ...requestRoute('HTTPRoute', m.httpRoute),
  'HTTPRoute spec.rules[].backendRefs[].filters[].externalAuth.backendRef': {
    sources: [...base, m.service(), m.httpRoute([{ backendRefs: [m.backend('app', { filters: [auth] })] }])],
    target: toService,
  },
  'HTTPRoute spec.rules[].filters[].externalAuth.backendRef': {
    sources: [...base, m.service(), m.httpRoute([{ backendRefs: [m.backend()], filters: [auth] }])],
    target: toService,
  },
  ...requestRoute('GRPCRoute', m.grpcRoute),
  ...streamRoute('TLSRoute', tlsRoute, { protocol: 'TLS', tls: { mode: 'Passthrough' } }),
  ...streamRoute('TCPRoute', m.tcpRoute, { protocol: 'TCP' }),
  ...streamRoute('UDPRoute', m.udpRoute, { protocol: 'UDP' }, [udpService(80), udpService(81)]),
  'ReferenceGrant spec.from[].namespace': {
    sources: [...base, grant, farService(80)],
    target: [m.httpRoute([{ backendRefs: [across] }]), m.httpRoute([{ backendRefs: [m.backend()] }])],
  },
  'ReferenceGrant spec.to[].name': {
    sources: [...base, grant, m.httpRoute([{ backendRefs: [across] }])],
    target: [farService(80), farService(81)],
  },
  [ofSlice]: {
    sources: [
      ...base,
      m.httpRoute([{ backendRefs: [m.backend('target')] }]),
      m.endpointSlice(['10.0.0.1'], { service: 'target', portName: 'web' }),
    ],
    target: [
      m.service('target', { port: { name: 'web' } }),
      m.service('target', { port: { name: 'other' } }),
    ],
  },
};
