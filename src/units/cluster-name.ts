import { chainName, parseChainName, type ChainName } from './plugin-chain.ts';
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
  /**
   * BackendTrafficPolicies with the settings of its connections; undefined: the defaults. Routes with different policies
   * have different clusters, and an edit of one changes its clusters in place.
   */
  readonly traffic?: ChainName | undefined;
}

export interface TlsIdentity {
  /** The Gateway with the client certificate that backends are shown; undefined: none is shown. */
  readonly client: ObjectName | undefined;
}

/** `tcp`: connections of which Envoy knows only the bytes. Clusters of UDP ports have other names, so none has `udp`. */
export type BackendProtocol = 'http1' | 'http2' | 'tcp' | 'udp';

export function clusterName(identity: ClusterIdentity): string {
  const name = `${withRoutingType(baseName(identity), identity)}${tlsPart(identity)}`;
  return `${name}${trafficPart(identity)}`;
}

export function parseClusterName(name: string): ClusterIdentity {
  const [plain = '', owners] = name.split(trafficMark);
  const [namespace = '', service = '', port = '', protocol = '', ...suffixes] = plain.split('/');
  const routingType = routingTypeOf(suffixes[0]);
  return {
    namespace,
    service,
    port: Number(port),
    protocol: protocols.find((one) => one === protocol) ?? 'http1',
    routingType,
    tls: tlsOf(routingType === 'Service' ? suffixes.slice(1) : suffixes),
    ...(owners === undefined ? {} : { traffic: parseChainName(owners) }),
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
export function statName(identity: ClusterIdentity): string {
  // Envoy counts ejected endpoints in a statistic, so clusters with policies must not share theirs.
  return `${baseName(identity)}${trafficPart(identity)}`;
}

function baseName({ namespace, service, port, protocol }: ClusterIdentity): string {
  return `${namespace}/${service}/${port}/${protocol}`;
}

function tlsPart({ tls }: ClusterIdentity): string {
  if (tls === undefined) return '';
  return tls.client === undefined
    ? `/${tlsSuffix}`
    : `/${tlsSuffix}/${tls.client.namespace}/${tls.client.name}`;
}

function trafficPart({ traffic }: ClusterIdentity): string {
  return traffic === undefined ? '' : `${trafficMark}${chainName(traffic)}`;
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

/** No namespace or name begins with `@`. */
const trafficMark = '/@traffic/';
