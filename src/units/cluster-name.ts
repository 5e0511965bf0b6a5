/**
 * What an Envoy Cluster is made from. Equal content gives an equal name, whichever route or rule refers to it, so
 * reordering rules changes no cluster, and a Service used by a hundred routes is one cluster.
 *
 * What Envoy cannot change in place is part of the name: such a change is a new cluster, added before use.
 */
export interface ClusterContent {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly protocol: 'http1' | 'http2';
  /** `Service`: its cluster IP is the one endpoint, and Kubernetes chooses the pod. Clusters are shared by Gateways that differ in it. */
  readonly routingType: RoutingType;
}

export type RoutingType = 'Endpoint' | 'Service';

export function clusterName(content: ClusterContent): string {
  const { namespace, service, port, protocol, routingType } = content;
  const name = `${namespace}/${service}/${port}/${protocol}`;
  return routingType === 'Service' ? `${name}/${serviceSuffix}` : name;
}

export function parseClusterName(name: string): ClusterContent {
  const [namespace = '', service = '', port = '', protocol = '', suffix] = name.split('/');
  return {
    namespace,
    service,
    port: Number(port),
    protocol: protocol === 'http2' ? 'http2' : 'http1',
    routingType: suffix === serviceSuffix ? 'Service' : 'Endpoint',
  };
}

const serviceSuffix = 'service';
