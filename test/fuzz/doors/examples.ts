import { selfSigned, tlsSecret } from '../../rig/objects/certificate.ts';
import * as m from '../../rig/objects/manifests.ts';
import { everySecurityPart } from '../../rig/objects/security-parts.ts';

const code = { type: 'Image', image: { url: 'oci://registry.test/team/plugin:v1' } };
const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' };
const plugins = {
  targetRefs: [target],
  wasm: [{ name: 'one', code, config: { a: 1 } }],
  lua: [{ type: 'Inline', inline: 'function envoy_on_request(handle) end' }],
  extProc: [{ backendRefs: [m.backend()], processingMode: { request: {} } }],
};
const rule = {
  name: 'main',
  matches: [
    m.prefix('/a'),
    { path: { type: 'RegularExpression', value: '/v[0-9]+' }, headers: [{ name: 'x-a', value: 'b' }] },
  ],
  filters: [
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-b', value: 'c' }] } },
    { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/b' } } },
  ],
  backendRefs: [m.backend('app', { weight: 3 }), m.backend()],
  timeouts: { request: '10s' },
  retry: { attempts: 2, codes: [503], backoff: '10ms' },
};

/** A consistent namespace with an object of each kind. */
export const exampleObjects: readonly object[] = [
  m.gatewayClass(),
  m.gateway(
    [
      m.httpListener(),
      {
        ...m.httpListener({ name: 'https', port: 443, protocol: 'HTTPS' }),
        tls: { certificateRefs: [{ name: 'cert' }] },
        allowedRoutes: { namespaces: { from: 'All' } },
      },
    ],
    {
      allowedListeners: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
      infrastructure: {
        parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' },
      },
    },
  ),
  m.listenerSet([m.httpListener({ name: 'more', hostname: 'more.test' })]),
  m.httpRoute([rule, { backendRefs: [m.backend()] }], { hostnames: ['a.test', '*.b.test'] }),
  m.referenceGrant(
    { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
    { group: '', kind: 'Service' },
    'other',
  ),
  m.envoyProxy({
    telemetry: {
      accessLog: {
        settings: [
          {
            format: { type: 'Text', text: '%START_TIME% %REQ(:PATH)%' },
            matches: ['response.code >= 500 || has(request.headers)'],
            sinks: [
              {
                type: 'ALS',
                als: { type: 'HTTP', backendRefs: [m.backend()], http: { requestHeaders: ['a'] } },
              },
              { type: 'OpenTelemetry', openTelemetry: { backendRefs: [m.backend()], resources: { a: 'b' } } },
            ],
          },
        ],
      },
      tracing: { samplingRate: 1, tags: { a: '%PROTOCOL%' }, provider: { backendRefs: [m.backend()] } },
    },
    backendTLS: { clientCertificateRef: { name: 'cert' }, minVersion: '1.2', ciphers: ['AES128-SHA'] },
    filterOrder: [{ name: 'envoy.filters.http.cors', before: 'envoy.filters.http.fault' }],
    mergeType: 'StrategicMerge',
    provider: { type: 'Kubernetes', kubernetes: { envoyDeployment: { replicas: 2 } } },
  }),
  m.extensionPolicy(plugins),
  m.backendObject({
    endpoints: [{ ip: { address: '10.1.0.1', port: 443 }, hostname: 'a.test', zone: 'a' }],
    tls: { sni: 'a.test', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] },
    fallback: true,
  }),
  m.policy('SecurityPolicy', { targetRefs: [target], ...everySecurityPart }, { name: 'securitypolicy' }),
  ...['BackendTrafficPolicy', 'ClientTrafficPolicy', 'EnvoyPatchPolicy'].map((kind) =>
    m.policy(kind, { targetRefs: [target] }, { name: kind.toLowerCase() }),
  ),
  m.policy(
    'BackendTrafficPolicy',
    {
      targetRefs: [target],
      loadBalancer: {
        type: 'RoundRobin',
        endpointOverride: { extractFrom: [{ header: 'x-endpoint' }] },
        zoneAware: { weightedZones: [{ zone: 'a', weight: 2 }] },
      },
      healthCheck: { active: { type: 'TCP', tcp: {}, overrides: { port: 9090 } } },
      retry: { numAttemptsPerPriority: 1 },
      responseOverride: [{ match: { statusCodes: [{ value: 401 }] }, redirect: { hostname: 'a.test' } }],
      telemetry: {
        tracing: { tags: { path: '%REQ(:PATH)%' }, spanName: { client: '%ROUTE_NAME%', server: 'b' } },
      },
      httpUpgrade: [{ type: 'CONNECT', connect: { terminate: true } }],
    },
    { name: 'traffic' },
  ),
  m.policy(
    'BackendTLSPolicy',
    {
      targetRefs: [{ group: '', kind: 'Service', name: 'far' }],
      validation: {
        hostname: 'a.test',
        caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }],
        subjectAltNames: [{ type: 'URI', uri: 'spiffe://a.test/b' }],
      },
    },
    { name: 'tls' },
  ),
  m.grpcRoute([
    {
      matches: [{ method: { service: 'a.b.C', method: 'Get' }, headers: [{ name: 'x-a', value: '1' }] }],
      filters: [{ type: 'RequestMirror', requestMirror: { backendRef: m.backend('far') } }],
      backendRefs: [m.backend('app', { weight: 2 })],
      sessionPersistence: { cookie: { name: 'stay' } },
    },
  ]),
  m.tlsRoute([m.backend('app', { weight: 2 })], { hostnames: ['a.test', '*.b.test'] }),
  m.tcpRoute([m.backend('app'), m.backend('far', { weight: 3 })]),
  m.udpRoute([m.backend('app')]),
  m.routeFilter({ directResponse: { statusCode: 503, body: { type: 'Inline', inline: 'later' } } }),
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'gatewayclasses.gateway.networking.k8s.io',
      annotations: { 'gateway.networking.k8s.io/bundle-version': 'v1.7.0' },
    },
  },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team: 'a' } } },
  m.service(),
  m.service('far'),
  tlsSecret('cert', selfSigned(['a.test'])),
  m.configMap({ 'ca.crt': 'PEM' }, { name: 'ca' }),
  m.clusterTrustBundle('PEM'),
  m.endpointSlice(['10.0.0.1', '10.0.0.2']),
];

export function examples(kind: string): readonly object[] {
  return exampleObjects.filter((object) => 'kind' in object && object.kind === kind);
}
