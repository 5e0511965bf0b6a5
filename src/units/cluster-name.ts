/** Where a cluster's endpoints come from. Clusters of one Service port share them, however they differ in all else. */
export interface EndpointsIdentity {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** `Service`: its cluster IP is the one endpoint, and Kubernetes chooses the pod. Clusters are shared by Gateways that differ in it. */
  readonly routingType: RoutingType;
}

export type RoutingType = 'Endpoint' | 'Service';

/**
 * Tells Envoy Clusters apart that a proxy needs at the same time. Equal identity is one cluster, whichever route or rule
 * refers to it, so reordering rules changes no cluster, and a Service used by a hundred routes is one. Its settings are no
 * part of it: they change in place, and Envoy goes over to them when the new form is warm.
 */
export interface ClusterIdentity extends EndpointsIdentity {
  readonly protocol: 'http1' | 'http2';
}

export function clusterName(identity: ClusterIdentity): string {
  return withRoutingType(statName(identity), identity);
}

export function parseClusterName(name: string): ClusterIdentity {
  const [namespace = '', service = '', port = '', protocol = '', suffix] = name.split('/');
  return {
    namespace,
    service,
    port: Number(port),
    protocol: protocol === 'http2' ? 'http2' : 'http1',
    routingType: routingTypeOf(suffix),
  };
}

/** Name of the ClusterLoadAssignment. */
export function endpointsName(identity: EndpointsIdentity): string {
  const { namespace, service, port } = identity;
  return withRoutingType(`${namespace}/${service}/${port}`, identity);
}

export function parseEndpointsName(name: string): EndpointsIdentity {
  const [namespace = '', service = '', port = '', suffix] = name.split('/');
  return { namespace, service, port: Number(port), routingType: routingTypeOf(suffix) };
}

/** Name of the cluster in Envoy's stats: dashboards keep their series when the cluster's own name becomes another. */
export function statName({ namespace, service, port, protocol }: ClusterIdentity): string {
  return `${namespace}/${service}/${port}/${protocol}`;
}

function withRoutingType(name: string, { routingType }: EndpointsIdentity): string {
  return routingType === 'Service' ? `${name}/${serviceSuffix}` : name;
}

function routingTypeOf(suffix: string | undefined): RoutingType {
  return suffix === serviceSuffix ? 'Service' : 'Endpoint';
}

const serviceSuffix = 'service';
