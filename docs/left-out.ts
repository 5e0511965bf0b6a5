import type { KindDef } from '../src/kinds/kind-def.ts';
import type { Field } from './schema-fields.ts';

type Reasons = readonly (readonly [field: string, reason: string])[];

const named = 'the condition `sluice.dev/FieldsNotSupported` names it';

const bytes: Reasons = [
  [
    'rules[].backendRefs[].kind other than Service and Backend',
    'no other backends; its share of the traffic is lost',
  ],
  ['useDefaultGateways', `not implemented, as the feature is experimental; ${named}`],
];

/** Reasons that no schema says, by kind. */
export const leftOut: Readonly<Record<string, Reasons>> = {
  GatewayClass: [['description', 'for people']],
  HTTPRoute: [
    [
      'rules[].filters[].extensionRef of another kind than HTTPRouteFilter',
      'no other kinds of filters; the route says InvalidKind, and its rule answers 500',
    ],
    [
      'rules[].backendRefs[].kind other than Service and Backend',
      'no other backends; its share of requests is answered with 500',
    ],
    [
      'rules[].filters[].externalAuth: headers of the answer that describe its own message or connection, such as Content-Type',
      'are never copied into the request',
    ],
    [
      'rules[].sessionPersistence.absoluteTimeout without a cookie of lifetimeType Permanent',
      `Envoy ends a session by the lifetime of its cookie alone; ${named}`,
    ],
    [
      'rules[].sessionPersistence with routingType: Service of an EnvoyProxy',
      'the cluster network chooses the endpoint, so that a session has no effect',
    ],
    ['useDefaultGateways', `not implemented, as the feature is experimental; ${named}`],
  ],
  GRPCRoute: [
    [
      'rules[].filters[].extensionRef of another kind than HTTPRouteFilter',
      'no other kinds of filters; the route says InvalidKind, and its rule answers UNAVAILABLE',
    ],
    [
      'rules[].backendRefs[].kind other than Service and Backend',
      'no other backends; its share of requests is answered with UNAVAILABLE',
    ],
    [
      'rules[].sessionPersistence.absoluteTimeout without a cookie of lifetimeType Permanent',
      `Envoy ends a session by the lifetime of its cookie alone; ${named}`,
    ],
    [
      'rules[].sessionPersistence with routingType: Service of an EnvoyProxy',
      'the cluster network chooses the endpoint, so that a session has no effect',
    ],
    ['useDefaultGateways', `not implemented, as the feature is experimental; ${named}`],
  ],
  TLSRoute: bytes,
  TCPRoute: bytes,
  UDPRoute: bytes,
  Gateway: [
    ['listeners[].tls.options', `none has a meaning here; ${named}`],
    [
      'listeners[].filters.requests[] of type ExtensionRef',
      'no kind is known; the listener says UnsupportedValue, as it may restrict requests',
    ],
    ['defaultScope', `not implemented, as the feature is experimental; ${named}`],
  ],
  HTTPRouteFilter: [
    [
      'directResponse.body.valueRef to a ConfigMap without the key response.body',
      'Envoy Gateway takes any other key; here the rule answers 500, as only that key is kept in memory',
    ],
    [
      'commands of directResponse.body that tell more than of the request, such as %ENVIRONMENT(X)%',
      'authors of routes must not read from the proxy; the rule answers 500',
    ],
    [
      'matches of a filter that one backendRef names',
      'a backendRef has no matches of its own; its share is answered with 500',
    ],
  ],
  EnvoyProxy: [
    ['mergeGateways', 'each Gateway has proxies of its own'],
    [
      'telemetry.accessLog.settings[].sinks[], telemetry.tracing.provider: backendRefs after the first, host',
      'one server; the Gateway names them in its Accepted condition',
    ],
    [
      'backendSettings of a server: retry, timeout.http.requestTimeout, timeout.http.streamIdleTimeout, a hash as load balancer',
      'are for routes; the Gateway names them in its Accepted condition',
    ],
    [
      'filterOrder between lua, ext_proc, wasm and dynamic_modules',
      'plugins run in the order of their policy; the Gateway names it in its Accepted condition',
    ],
    [
      'every other field',
      'not implemented. The Gateway names each given field that is left out, in its Accepted condition',
    ],
  ],
  EnvoyExtensionPolicy: [
    ['dynamicModule', 'native code in the proxy; the policy says so in its Accepted condition'],
    ['extProc[].backendRef', 'the old form of backendRefs; the policy says so in its Accepted condition'],
    [
      'extProc[].backendSettings: retry, timeout.http.requestTimeout, timeout.http.streamIdleTimeout, a hash as load balancer',
      'are for routes; the policy names them in its Accepted condition',
    ],
  ],
  SecurityPolicy: [
    [
      'authorization.rules[].principal.clientIPGeoLocations',
      'not implemented; its routes answer 500, as the field restricts requests',
    ],
    [
      'jwt.providers[].recomputeRoute together with jwt.optional or jwt.failOpen',
      'a client without a token would choose the route by the header of a claim; its routes answer 500',
    ],
    [
      'backendSettings of a server: retry, timeout.http.requestTimeout, timeout.http.streamIdleTimeout, a hash as load balancer',
      'are for routes; the policy names them in its Accepted condition',
    ],
    [
      'targets of kind TCPRoute: all but authorization by clientCIDRs and defaultAction',
      'connections of bytes show only the address of the client; the policy is Invalid, and the TCPRoute takes none',
    ],
    [
      'keys of ConfigMaps other than jwks for localJWKS',
      'Envoy Gateway takes any other key; here its routes answer 500, as only that key is kept in memory',
    ],
  ],
  BackendTrafficPolicy: [
    [
      'loadBalancer.zoneAware.preferLocal',
      'Envoy compares the zones of endpoints with those of all proxies, and a proxy does not know its own; the policy names it in its Accepted condition',
    ],
    [
      'httpUpgrade[].type: CONNECT-UDP',
      'is of HTTP/3, which listeners do not speak; the policy names it in its Accepted condition',
    ],
    [
      'responseOverride[].redirect.port without a hostname',
      'Envoy has the request’s host only with its port there; the policy names it in its Accepted condition',
    ],
    [
      'telemetry.tracing: environment, and commands that tell more than of the request, such as %ENVIRONMENT(X)%',
      'authors of policies must not read from the proxy; the policy names them in its Accepted condition',
    ],
    [
      'rateLimit.global, rateLimit.local.rules[].cost, bandwidthLimit, admissionControl',
      'not implemented; its routes answer 500, as the field restricts requests',
    ],
    [
      'fields about requests, of a TCPRoute, TLSRoute or UDPRoute, and all but loadBalancer and routingType of a UDPRoute',
      'without effect there; the policy names them in its Accepted condition',
    ],
    [
      'every other field and value',
      'not implemented. The policy names each that is given in its Accepted condition, and the rest is in force',
    ],
  ],
  ClientTrafficPolicy: [
    [
      'targets of kind ListenerSet',
      'not implemented; the policy names them in its Accepted condition, and has no status without another target',
    ],
    ['http3', 'not implemented; the policy names it in its Accepted condition'],
    [
      'headers.requestID: Disable',
      'Envoy makes no ID, but lets that of the client pass, in Envoy Gateway too',
    ],
    [
      'tls.clientValidation of mode RequireAny without caCertificateRefs',
      'Envoy would let clients in without a certificate; the policy is Invalid',
    ],
    [
      'http1.enableTrailers and http1.preserveHeaderCase towards backends',
      'in force for clients alone; the policy says so in its Accepted condition',
    ],
    [
      'http1.http10.useDefaultHost from the hostname of a route',
      'the hostname of the listener alone counts: a change of routes must not drain connections',
    ],
    [
      'every other field',
      'not implemented. The policy names each that is given in its Accepted condition, and the rest is in force',
    ],
  ],
  EnvoyPatchPolicy: [['everything but the targets', 'not implemented; its Gateways are served without it']],
  Backend: [
    ['type: DynamicResolver', 'not implemented; the Backend is Invalid, and its routes answer 500'],
    ['tls.fingerprints', `for listeners alone; ${named}`],
    ['fallback in a UDPRoute', 'has no effect: endpoints of a UDP port share its traffic by weight'],
  ],
  BackendTLSPolicy: [
    [
      'targetRefs[] of other kinds than Service and Backend',
      'no other backends; the policy says so in its Accepted condition',
    ],
    ['options', 'none is known; the policy has the condition sluice.dev/OptionsNotSupported'],
    [
      'validation.wellKnownCACertificates other than System',
      'none is known; the policy is Invalid, and its backends get no requests',
    ],
  ],
  Service: [
    ['type: ExternalName', 'has no endpoints; routes say UnsupportedProtocol'],
    ['ports[].protocol: SCTP', 'Envoy has no listener for it'],
  ],
  Secret: [
    [
      'values of more than 1024 characters of other types than kubernetes.io/tls and kubernetes.io/dockerconfigjson',
      'they are no keys of clients, and do not enter memory; ca.crt, ca.crl, credential and .htpasswd may be longer',
    ],
  ],
  EndpointSlice: [
    ['addressType: FQDN', 'Envoy gets IP addresses; /debug/problems names the object'],
    ['endpoints[].hints', 'not implemented'],
    ['endpoints[].addresses after the first', 'the API says that all of them lead to the same place'],
  ],
};

/** Fields of kinds that are read by hand instead of a schema, as they are read often. */
export const flatFields: Readonly<Record<string, readonly Field[]>> = {
  EndpointSlice: [
    { path: 'metadata.labels', values: ['kubernetes.io/service-name'] },
    { path: 'addressType', values: ['IPv4', 'IPv6'] },
    { path: 'endpoints[].addresses[]', values: ['the first'] },
    { path: 'endpoints[].conditions.ready', values: [] },
    { path: 'endpoints[].conditions.serving', values: [] },
    { path: 'endpoints[].conditions.terminating', values: [] },
    { path: 'endpoints[].zone', values: [] },
    { path: 'ports[].name', values: [] },
    { path: 'ports[].port', values: [] },
    { path: 'ports[].protocol', values: ['TCP'] },
  ],
};

export const unsupportedKinds: Reasons = [['TLSRoute, TCPRoute, UDPRoute', 'not implemented']];

export const meaningOfRole: Readonly<Record<KindDef['role'], string>> = {
  gateway: 'a Gateway or its class',
  route: 'a route',
  policy: 'a policy',
  backend: 'a backend',
  support: 'named by other objects',
  release: 'says which release of Gateway API is installed',
};
