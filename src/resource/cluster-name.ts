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
}

export function clusterName(content: ClusterContent): string {
  return `${content.namespace}/${content.service}/${content.port}/${content.protocol}`;
}

export function parseClusterName(name: string): ClusterContent {
  const [namespace = '', service = '', port = '', protocol = ''] = name.split('/');
  return { namespace, service, port: Number(port), protocol: protocol === 'http2' ? 'http2' : 'http1' };
}
