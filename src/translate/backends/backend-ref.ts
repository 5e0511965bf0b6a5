import { resourceKey, type ReadKey } from '../../lib/key.ts';
import { clusterName, type BackendProtocol, type RoutingType } from '../../units/cluster-name.ts';
import type { BackendObjectReference } from '../../kinds/gateway-api/route-backends.ts';
import { parseAddress } from '../../kinds/shape/address.ts';
import { grantKeys, policiesNaming } from '../../kinds/indexes.ts';
import type { ServicePort, ServiceRow } from '../../kinds/core/service.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { TransportProtocol } from '../../units/transport-protocol.ts';
import type { Reader } from '../reader.ts';
import type { RouteProblem } from '../routes/problem.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { gatewayParameters, hasBackendTls, routingTypeOf } from '../gateways/parameters.ts';
import { asksForTls } from '../policies/backend-tls/in-force.ts';
import { isPermitted, notPermitted, type Referrer } from './reference-grant.ts';

/** The Cluster of a backendRef, or the reason for none. An invalid backendRef keeps its weight. */
export type BackendResult =
  | { readonly kind: 'cluster'; readonly name: string }
  | { readonly kind: 'invalid'; readonly problem: RouteProblem };

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
  if (ref.group !== '' || ref.kind !== 'Service') {
    const kind = ref.group === '' ? ref.kind : `${ref.group}/${ref.kind}`;
    return invalid('InvalidKind', `${path}.kind`, `${kind} is not supported, only Service is`);
  }
  if (!isPermitted(reader, from, { group: '', kind: 'Service', namespace, name: ref.name })) {
    return invalid('RefNotPermitted', `${path}.namespace`, notPermitted(reader, from, 'Service', namespace));
  }
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
  const isSecure = mayBeSecure && asksForTls(reader, { namespace, service: ref.name }, port);
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

/** `appProtocol` says nothing to a proxy of bytes. */
function isOfBytes(protocol: BackendProtocol | undefined): protocol is 'tcp' | 'udp' {
  return protocol === 'tcp' || protocol === 'udp';
}

export function backendKeys(from: Referrer, references: Iterable<BackendObjectReference>): ReadKey[] {
  const keys = new Set<ReadKey>();
  for (const ref of references) for (const key of referenceKeys(from, ref)) keys.add(key);
  return [...keys];
}

export function servicesOf(
  namespace: string,
  references: Iterable<BackendObjectReference>,
): { readonly namespace: string; readonly name: string }[] {
  const found = new Map<string, { readonly namespace: string; readonly name: string }>();
  for (const ref of references) {
    if (ref.group !== '' || ref.kind !== 'Service') continue;
    const home = ref.namespace ?? namespace;
    found.set(`${home}/${ref.name}`, { namespace: home, name: ref.name });
  }
  return [...found.values()];
}

export function referenceKeys(from: Referrer, ref: BackendObjectReference): ReadKey[] {
  if (ref.group !== '' || ref.kind !== 'Service') return [];
  const namespace = ref.namespace ?? from.namespace;
  return [
    resourceKey('Service', namespace, ref.name),
    policiesNaming('Service', namespace, ref.name),
    ...grantKeys(from, { ...ref, namespace }),
  ];
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

function invalid(reason: RouteProblem['reason'], path: string, message: string): BackendResult {
  return { kind: 'invalid', problem: { condition: 'ResolvedRefs', reason, path, message } };
}
