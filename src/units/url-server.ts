import { clusterName, type EndpointsIdentity } from './cluster-name.ts';

/** A server that a policy names by a URL alone. */
export interface UrlServer {
  /** DNS name, in the form of a parsed URL. */
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** Returns the name of the server's cluster. Namespaces do not share one: its connections are bounded. */
export function urlCluster(namespace: string, { host, port, isSecure }: UrlServer): string {
  return clusterName({
    namespace,
    service: `${urlMark}${host}`,
    port,
    protocol: 'http1',
    routingType: 'Endpoint',
    tls: isSecure ? { client: undefined } : undefined,
  });
}

/** Returns the host of a cluster whose server is named by a URL; undefined for a Service or a Backend. */
export function urlHost({ service }: Pick<EndpointsIdentity, 'service'>): string | undefined {
  return service.startsWith(urlMark) ? service.slice(urlMark.length) : undefined;
}

/** No name of a Service has a colon. */
const urlMark = 'url:';
