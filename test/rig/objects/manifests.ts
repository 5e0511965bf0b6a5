import { controllerName } from '../pipeline/memory-reader.ts';

/** Manifests in namespace `default` unless given another. */
export function gatewayClass(name = 'sluice', parametersRef?: object): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name, generation: 1 },
    spec: { controllerName, ...(parametersRef === undefined ? {} : { parametersRef }) },
  };
}

interface GatewayOptions {
  readonly gatewayClassName?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly addresses?: readonly object[];
  readonly infrastructure?: object;
  readonly tls?: object;
  readonly allowedListeners?: object;
}

export function gateway(
  listeners: readonly object[],
  { name = 'web', namespace = 'default', ...spec }: GatewayOptions = {},
): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace, generation: 3, uid: `uid-of-${name}` },
    spec: { gatewayClassName: 'sluice', listeners, ...spec },
  };
}

export function httpListener(fields: object = {}): object {
  return { name: 'http', port: 80, protocol: 'HTTP', ...fields };
}

export function listenerSet(
  listeners: readonly object[],
  { name = 'set', namespace = 'default', parentRef = {}, ...metadata }: ListenerSetOptions = {},
): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { name, namespace, generation: 4, ...metadata },
    spec: { parentRef: { name: 'web', namespace: 'default', ...parentRef }, listeners },
  };
}

interface ListenerSetOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly parentRef?: object;
  readonly creationTimestamp?: string;
  readonly labels?: object;
}

export interface RouteOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly parentRefs?: readonly object[];
  readonly hostnames?: readonly string[];
  readonly creationTimestamp?: string;
  readonly labels?: object;
}

export function httpRoute(rules: readonly object[], options: RouteOptions = {}): object {
  const { name = 'route', namespace = 'default', parentRefs = [{ name: 'web' }], hostnames } = options;
  const { creationTimestamp = '2026-01-01T00:00:00Z', labels = {} } = options;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace, generation: 5, creationTimestamp, labels },
    spec: { parentRefs, rules, ...(hostnames === undefined ? {} : { hostnames }) },
  };
}

export function grpcRoute(rules: readonly object[], options: RouteOptions = {}): object {
  return { ...httpRoute(rules, options), kind: 'GRPCRoute' };
}

export function tlsRoute(backendRefs: readonly object[], options: RouteOptions = {}): object {
  return { ...httpRoute([{ backendRefs }], options), kind: 'TLSRoute' };
}

export function tcpRoute(backendRefs: readonly object[], options: RouteOptions = {}): object {
  return { ...httpRoute([{ backendRefs }], options), kind: 'TCPRoute' };
}

export function udpRoute(backendRefs: readonly object[], options: RouteOptions = {}): object {
  return { ...httpRoute([{ backendRefs }], options), kind: 'UDPRoute' };
}

export function service(name = 'app', { namespace = 'default', port = {} } = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'TCP', ...port }] },
  };
}

export function endpointSlice(
  addresses: readonly (string | object)[],
  {
    name = 'app-1',
    namespace = 'default',
    service: of = 'app',
    port = 8080,
    portName = '',
    protocol = 'TCP',
  } = {},
): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    endpoints: addresses.map((entry) => (typeof entry === 'string' ? { addresses: [entry] } : entry)),
    ports: [{ name: portName, port, protocol }],
  };
}

export function labelledNamespace(name: string, labels: object = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function envoyProxy(spec: object, { name = 'proxy', namespace = 'default' } = {}): object {
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyProxy',
    metadata: { name, namespace },
    spec,
  };
}

export function configMap(data: object, { name = 'target', namespace = 'default' } = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function clusterTrustBundle(trustBundle: string, name = 'target'): object {
  const apiVersion = 'certificates.k8s.io/v1beta1';
  return { apiVersion, kind: 'ClusterTrustBundle', metadata: { name }, spec: { trustBundle } };
}

export function extensionPolicy(spec: object, { name = 'plugins', namespace = 'default' } = {}): object {
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyExtensionPolicy',
    metadata: { name, namespace },
    spec,
  };
}

export function routeFilter(spec: object, { name = 'filter', namespace = 'default' } = {}): object {
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'HTTPRouteFilter',
    metadata: { name, namespace },
    spec,
  };
}

/** An object of kind Backend. */
export function backendObject(spec: object, { name = 'outside', namespace = 'default' } = {}): object {
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'Backend',
    metadata: { name, namespace, generation: 6 },
    spec,
  };
}

/** A reference to an object of kind Backend. */
export function toObject(name = 'outside', fields: object = {}): object {
  return { group: 'gateway.envoyproxy.io', kind: 'Backend', name, ...fields };
}

/** A filter of a rule that refers to an HTTPRouteFilter. */
export function toFilter(name = 'filter'): object {
  const extensionRef = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name };
  return { type: 'ExtensionRef', extensionRef };
}

export function policy(
  kind: string,
  spec: object,
  {
    name = 'policy',
    namespace = 'default',
    ...metadata
  }: { name?: string; namespace?: string; creationTimestamp?: string } = {},
): object {
  const apiVersion =
    kind === 'BackendTLSPolicy' ? 'gateway.networking.k8s.io/v1' : 'gateway.envoyproxy.io/v1alpha1';
  return { apiVersion, kind, metadata: { name, namespace, generation: 7, ...metadata }, spec };
}

export function referenceGrant(from: object, to: object, namespace: string): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'grant', namespace },
    spec: { from: [from], to: [to] },
  };
}

export function backend(name = 'app', fields: object = {}): object {
  return { name, port: 80, ...fields };
}

export function prefix(value: string): object {
  return { path: { type: 'PathPrefix', value } };
}
