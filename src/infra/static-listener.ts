/** Families of the addresses of a pod; undefined: IPv4. */
export type IpFamily = 'IPv4' | 'IPv6' | 'DualStack' | undefined;

export interface StaticListener {
  readonly name: string;
  readonly ipFamily: IpFamily;
  readonly port: number;
  readonly routes: readonly object[];
  /** HTTP filters before the router. */
  readonly filters?: readonly object[];
}

/** Plain HTTP on all addresses of the pod. Outside the connection limit: a full proxy still answers the kubelet. */
export function staticListener({ name, ipFamily, port, routes, filters = [] }: StaticListener): object {
  return {
    name,
    // Names the statistics of the listener, by which the drain script recognizes it.
    stat_prefix: name,
    address: { socket_address: { ...anyAddress(ipFamily), port_value: port } },
    ignore_global_conn_limit: true,
    per_connection_buffer_limit_bytes: 32_768,
    filter_chains: [{ filters: [httpConnectionManager(name, routes, filters)] }],
  };
}

function anyAddress(ipFamily: IpFamily): object {
  if (ipFamily === 'DualStack') return { address: '::', ipv4_compat: true };
  return { address: ipFamily === 'IPv6' ? '::' : '0.0.0.0' };
}

export function localCluster(name: string, statName: string, port: number): object {
  return {
    name,
    alt_stat_name: statName,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } },
          ],
        },
      ],
    },
  };
}

/** A duration of protobuf JSON. */
export function durationText(ms: number): string {
  return `${ms / 1000}s`;
}

function httpConnectionManager(name: string, routes: readonly object[], filters: readonly object[]): object {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: name,
      // The drain request is answered when the drain ends, after any fixed timeout.
      stream_idle_timeout: '0s',
      route_config: { name, virtual_hosts: [{ name, domains: ['*'], routes }] },
      http_filters: [...filters, router],
    },
  };
}

const router = {
  name: 'router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
};
