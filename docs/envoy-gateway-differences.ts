type Differences = readonly (readonly [field: string, how: string])[];

const serversInTurn =
  'of several the one with the greatest weight is called, and the next one while it has no healthy endpoint';

const socketBuffer = 'bounds both buffers of the socket; Envoy Gateway has no effect for it';

/** Places of the settings of connections to servers, in a kind that has them. */
function ofServers(...places: readonly string[]): Differences {
  return places.map(
    (place) => [`${place}.backendSettings.connection.socketBufferLimit`, socketBuffer] as const,
  );
}

/** Fields that are left out on purpose, wherever an object has them. */
export const onPurpose: Differences = [
  [
    'loadBalancer.dynamicModule',
    'native code in the proxy, which every tenant of the Gateway shares; the object names it in a condition',
  ],
  [
    'healthCheckLog',
    'a proxy that cannot open the path, be it its own output, rejects the whole cluster; the object names it in a condition',
  ],
];

/**
 * Fields of Envoy Gateway that are read here and mean something else, by kind; a field stands for all below it.
 * Fields that are not read need no line: they follow from the schemas, and their reasons from `left-out.ts`.
 */
export const differences: Readonly<Record<string, Differences>> = {
  Backend: [
    ['endpoints[].fqdn', 'needs the option `translate.backends.hostnames`, and is resolved by proxies'],
    ['endpoints[].unix', 'needs the option `translate.backends.unixSockets`'],
    ['fallback', 'follows the other backends of its rule by a cluster of clusters, and keeps its own TLS'],
  ],
  BackendTrafficPolicy: [
    ['circuitBreaker', 'counts for each backend, policy and proxy, not for each rule of a route'],
    ['healthCheck.active.grpc', 'is made where the backend speaks HTTP/2'],
    ['connection.socketBufferLimit', socketBuffer],
    [
      'responseOverride[].redirect',
      'answers with a Location; Envoy Gateway has Envoy follow it by itself and answer with what is there',
    ],
    ['retry.numAttemptsPerPriority', 'counts where backends have priorities'],
    [
      'telemetry.tracing.tags',
      'commands that tell of the request alone: authors of policies must not read from the proxy',
    ],
  ],
  ClientTrafficPolicy: [
    [
      'connection.socketBufferLimit',
      `${socketBuffer}; needs the same policy at all listeners of the port, or that of the Gateway`,
    ],
    ['http1.enableTrailers', 'is for clients alone, not towards backends'],
    ['http1.preserveHeaderCase', 'is for clients alone, not towards backends'],
    ['http1.http10.useDefaultHost', 'takes the hostname of the listener, and of no route'],
    [
      'tls.clientValidation.caCertificateRefs',
      'are needed for mode RequireAny, too; one that cannot be used is left out with a warning',
    ],
    ['proxyProtocol', 'needs the same policy at all listeners of the port, or that of the Gateway'],
    ['tcpKeepalive', 'needs the same policy at all listeners of the port, or that of the Gateway'],
  ],
  EnvoyExtensionPolicy: [
    ...ofServers('extProc[]'),
    [
      'lua',
      'is off unless the operator turns it on, and for policies of other namespaces needs the consent of the Gateway’s owner',
    ],
    [
      'wasm',
      'comes from places that the operator allows, and for policies of other namespaces needs the consent of the Gateway’s owner',
    ],
  ],
  SecurityPolicy: [
    ...ofServers('extAuth.grpc', 'extAuth.http', 'jwt.providers[].remoteJWKS', 'oidc.provider'),
    [
      'extAuth.includeRouteMetadata',
      'is for servers by gRPC, and has the kind, namespace, name and rule of the route without its annotations',
    ],
    [
      'authorization.rules[].cel',
      'is one line without a percent sign, of the attributes request, source, destination, connection and metadata; 16 in a policy',
    ],
    ['extAuth.grpc.backendRefs', serversInTurn],
    ['extAuth.http.backendRefs', serversInTurn],
    ['jwt.providers[].remoteJWKS.backendRefs', serversInTurn],
    [
      'jwt.providers[].recomputeRoute',
      'is not for jwt with optional or failOpen, and leads to no route with another policy',
    ],
    ['extAuth.recomputeRoute', 'leads to no route with another policy'],
  ],
  EnvoyProxy: [
    ...ofServers(
      'telemetry.accessLog.settings[].sinks[].als',
      'telemetry.accessLog.settings[].sinks[].openTelemetry',
      'telemetry.tracing.provider',
    ),
    [
      'mergeBackends',
      'is how Sluice works in any case: routes share the clusters of a backend, whatever the selector says',
    ],
    [
      'filterOrder',
      'does not move lua, ext_proc, wasm and dynamic_modules among themselves: they run in the order of their policy',
    ],
  ],
  HTTPRouteFilter: [
    ['directResponse.body.valueRef', 'only the key `response.body` of the ConfigMap is read, and no other'],
  ],
};

/** Effect of a field that is not read, for kinds whose `left-out.ts` does not say it. */
export const unreadEffect: Readonly<Record<string, string>> = {
  EnvoyExtensionPolicy: 'the policy names it in its Accepted condition, and the rest is in force',
  HTTPRouteFilter: 'rules that name the filter answer 500, and `ResolvedRefs` of the route names the field',
};
