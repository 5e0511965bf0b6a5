import type { ObjectName } from './unit-def.ts';

/** Says where a cluster gets its endpoints. All clusters of one Service port share them. */
export interface EndpointsIdentity {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** `Service`: the cluster IP is the one endpoint, and Kubernetes chooses the pod. */
  readonly routingType: RoutingType;
}

export type RoutingType = 'Endpoint' | 'Service';

/**
 * Identifies one cluster, whichever rule refers to it: reordering rules changes no cluster. Settings are not part of it:
 * they change in place, and Envoy uses them once the new form is warm.
 */
export interface ClusterIdentity extends EndpointsIdentity {
  readonly protocol: BackendProtocol;
  /** Undefined: clear text. Policies are no part of the name: an edit of one changes the cluster in place. */
  readonly tls?: TlsIdentity | undefined;
}

export interface TlsIdentity {
  /** The Gateway with the client certificate that backends are shown; undefined: none is shown. */
  readonly client: ObjectName | undefined;
}

/** `tcp`: connections of which Envoy knows only the bytes. No Cluster has `udp`: those of UDP ports have other names. */
export type BackendProtocol = 'http1' | 'http2' | 'tcp' | 'udp';

export function clusterName(identity: ClusterIdentity): string {
  const name = withRoutingType(statName(identity), identity);
  if (identity.tls === undefined) return name;
  const { client } = identity.tls;
  return `${name}/${tlsSuffix}${client === undefined ? '' : `/${client.namespace}/${client.name}`}`;
}

export function parseClusterName(name: string): ClusterIdentity {
  const [namespace = '', service = '', port = '', protocol = '', ...suffixes] = name.split('/');
  const routingType = routingTypeOf(suffixes[0]);
  return {
    namespace,
    service,
    port: Number(port),
    protocol: protocols.find((one) => one === protocol) ?? 'http1',
    routingType,
    tls: tlsOf(routingType === 'Service' ? suffixes.slice(1) : suffixes),
  };
}

export function endpointsName(identity: EndpointsIdentity): string {
  const { namespace, service, port } = identity;
  return withRoutingType(`${namespace}/${service}/${port}`, identity);
}

export function parseEndpointsName(name: string): EndpointsIdentity {
  const [namespace = '', service = '', port = '', suffix] = name.split('/');
  return { namespace, service, port: Number(port), routingType: routingTypeOf(suffix) };
}

/** Returns the cluster's name in Envoy's stats: dashboards keep their series when its own name changes. */
export function statName({ namespace, service, port, protocol }: ClusterIdentity): string {
  return `${namespace}/${service}/${port}/${protocol}`;
}

function withRoutingType(name: string, { routingType }: EndpointsIdentity): string {
  return routingType === 'Service' ? `${name}/${serviceSuffix}` : name;
}

function routingTypeOf(suffix: string | undefined): RoutingType {
  return suffix === serviceSuffix ? 'Service' : 'Endpoint';
}

function tlsOf([suffix, namespace, name]: readonly string[]): TlsIdentity | undefined {
  if (suffix !== tlsSuffix) return undefined;
  return { client: namespace === undefined || name === undefined ? undefined : { namespace, name } };
}

const protocols: readonly BackendProtocol[] = ['http1', 'http2', 'tcp', 'udp'];

const serviceSuffix = 'service';
const tlsSuffix = 'tls';
