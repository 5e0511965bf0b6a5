import type { ReadKey } from '../../lib/key.ts';
import { clusterName, type BackendProtocol, type RoutingType } from '../../units/cluster-name.ts';
import { backendKind, backendReferenceKeys } from '../../kinds/backend-kind.ts';
import type { BackendObjectReference } from '../../kinds/gateway-api/route-backends.ts';
import { parseAddress } from '../../kinds/shape/address.ts';
import type { ServicePort, ServiceRow } from '../../kinds/core/service.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { TransportProtocol } from '../../units/transport-protocol.ts';
import type { Reader } from '../reader.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { gatewayParameters, hasBackendTls, routingTypeOf } from '../gateways/parameters.ts';
import { asksForTls, type TlsTarget } from '../policies/backend-tls/in-force.ts';
import { resolveObject } from './backend-object.ts';
import { invalid, isOfBytes, type BackendResult } from './backend-result.ts';
import { isPermitted, notPermitted, type Referrer } from './reference-grant.ts';

/** Properties of a Gateway that decide which Clusters its routes use. None of them changes a problem of a route. */
export interface BackendPlace {
  readonly routingType: RoutingType;
  /** The Gateway, when it says how TLS to backends is, by a certificate of its own or by its EnvoyProxy. */
  readonly client?: ObjectName | undefined;
}

/** Place of a route for its report, which is the same at every Gateway. */
export const anyPlace: BackendPlace = { routingType: 'Endpoint' };

export function backendPlace(reader: Reader, gateway: OurGateway): BackendPlace {
  const { namespace, name, hasClientCertificate } = gateway;
  const parameters = gatewayParameters(reader, gateway);
  const hasTls = hasClientCertificate === true || hasBackendTls(parameters);
  return { routingType: routingTypeOf(parameters), client: hasTls ? { namespace, name } : undefined };
}

export interface BackendReferrer extends Referrer, BackendPlace {
  /** Protocol for every backend, whatever its Service says. */
  readonly protocol?: BackendProtocol | undefined;
  /** True: clients speak TLS to the backend, so no BackendTLSPolicy applies. */
  readonly isPassthrough?: boolean;
}

export function resolveBackend(
  reader: Reader,
  from: BackendReferrer,
  ref: BackendObjectReference,
  path: string,
): BackendResult {
  const namespace = ref.namespace ?? from.namespace;
  const kind = backendKind(ref);
  if (kind === undefined) {
    const named = ref.group === '' ? ref.kind : `${ref.group}/${ref.kind}`;
    return invalid('InvalidKind', `${path}.kind`, `${named} is not supported, only Service and Backend are`);
  }
  if (!isPermitted(reader, from, { group: ref.group, kind, namespace, name: ref.name })) {
    return invalid('RefNotPermitted', `${path}.namespace`, notPermitted(reader, from, kind, namespace));
  }
  if (kind === 'Backend') return resolveObject(reader, from, { namespace, name: ref.name }, path);
  const service = reader.row('Service', namespace, ref.name);
  if (service === undefined) {
    return invalid('BackendNotFound', `${path}.name`, `Service ${namespace}/${ref.name} does not exist`);
  }
  // Only these parts of a Service are marked: a walk through all of it for every backend would be slow.
  const marked = { unreadable: service.unreadable, spec: { unreadable: service.spec.unreadable } };
  const unreadable = unreadableParts(marked, '');
  const named = `Service ${namespace}/${ref.name}`;
  if (unreadable.some(({ path: at }) => /^spec(\.type)?$/.test(at)))
    return invalid('BackendNotFound', `${path}.name`, `${named}: ${describeUnreadable(unreadable)}`);
  if (service.spec.type === 'ExternalName') {
    return invalid('UnsupportedProtocol', `${path}.name`, 'a Service of type ExternalName has no endpoints');
  }
  if (ref.port === undefined) {
    return invalid('BackendNotFound', `${path}.port`, 'is required for a Service');
  }
  const transport = from.protocol === 'udp' ? 'UDP' : 'TCP';
  const port = servicePort(service.spec.ports, ref.port, transport);
  if (port === undefined) {
    const why = unreadable.length === 0 ? '' : `: ${describeUnreadable(unreadable)}`;
    const message = `${named} has no ${transport} port ${ref.port}${why}`;
    return invalid('BackendNotFound', `${path}.port`, message);
  }
  const mayBeSecure = transport === 'TCP' && from.isPassthrough !== true;
  const isSecure = mayBeSecure && asksForTls(reader, { kind, namespace, name: ref.name }, port.name);
  const protocol = isOfBytes(from.protocol) ? from.protocol : protocolOf(port, isSecure);
  if (protocol === undefined) {
    const message = `appProtocol ${port.appProtocol} of ${named} needs a BackendTLSPolicy, and there is none`;
    return invalid('UnsupportedProtocol', `${path}.port`, message);
  }
  // A headless Service has no address that stands for its pods.
  const routingType = serviceIP(service) === undefined ? 'Endpoint' : from.routingType;
  const name = clusterName({
    namespace,
    service: ref.name,
    port: ref.port,
    protocol: from.protocol ?? protocol,
    routingType,
    tls: isSecure ? { client: from.client } : undefined,
  });
  return { kind: 'cluster', name };
}

/** Returns the cluster IP of a Service; of two families the first, which the Service prefers. */
export function serviceIP({ spec }: ServiceRow): string | undefined {
  const address = parseAddress(spec.clusterIPs?.[0] ?? '');
  return address?.type === 'IPAddress' ? address.value : undefined;
}

/** Returns the port that a backendRef names: a Service may use one number for TCP and UDP. */
export function servicePort(
  ports: readonly ServicePort[],
  port: number,
  protocol: TransportProtocol,
): ServicePort | undefined {
  return ports.find((candidate) => candidate.port === port && candidate.protocol === protocol);
}

/** Returns the rows and indexes by which references are resolved. O(references). */
export function backendKeys(from: Referrer, references: Iterable<BackendObjectReference>): ReadKey[] {
  const keys = new Set<ReadKey>();
  for (const ref of references) for (const key of backendReferenceKeys(from, ref)) keys.add(key);
  return [...keys];
}

/** Returns the name of a server in requests that proxies make by themselves. */
export function authorityOf({ name, namespace, port }: BackendObjectReference, home: string): string {
  const host = `${name}.${namespace ?? home}`;
  return port === undefined ? host : `${host}:${port}`;
}

/** Returns the Services and Backends of references, each once. */
export function objectsOf(
  namespace: string,
  references: Iterable<BackendObjectReference>,
): readonly TlsTarget[] {
  const found = new Map<string, TlsTarget>();
  for (const ref of references) {
    const kind = backendKind(ref);
    if (kind === undefined) continue;
    const home = ref.namespace ?? namespace;
    found.set(`${kind}/${home}/${ref.name}`, { kind, namespace: home, name: ref.name });
  }
  return [...found.values()];
}

/** Follows https://gateway-api.sigs.k8s.io/geps/gep-1911/. Where TLS is asked for, plain text is worse than an error. */
function protocolOf(port: ServicePort, isSecure: boolean): 'http1' | 'http2' | undefined {
  switch (port.appProtocol) {
    case 'kubernetes.io/h2c':
    case 'grpc':
      return 'http2';
    case undefined:
    case 'http':
    case 'kubernetes.io/ws':
      return 'http1';
    case 'https':
    case 'tls':
    case 'kubernetes.io/wss':
      return isSecure ? 'http1' : undefined;
    default:
      // A name that only other programs know says nothing about HTTP versions.
      return 'http1';
  }
}
