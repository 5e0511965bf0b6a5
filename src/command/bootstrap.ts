import { isIPv6 } from 'node:net';

export interface BootstrapOptions {
  /** `namespace/name` of the Gateway, which is `node.cluster`. */
  readonly gateway: string;
  /** Names this one proxy in metrics and logs. */
  readonly nodeId: string;
  readonly xdsAddress: string;
  readonly xdsPort: number;
  /** Envoy's own admin port, on loopback; 0 takes any free one. */
  readonly adminPort: number;
}

/**
 * Envoy's bootstrap as JSON text: delta ADS without TLS, so for a control plane on loopback alone. Whatever runs on the machine
 * reads all config there, plugins among it, so a plugin has no need to be kept from it as in a cluster (`src/infra`).
 *
 * LDS and CDS are waited for without end, so that a fresh Envoy never opens before it has its config. Equal options
 * give equal text, by which `sluice standalone` recognizes an Envoy of its own.
 */
export function envoyBootstrap(options: BootstrapOptions): string {
  const bootstrap = {
    node: { id: options.nodeId, cluster: options.gateway },
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: xdsCluster, retry_policy: reconnect } }],
      },
      lds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    static_resources: { clusters: [controlPlane(options)] },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: options.adminPort } } },
    bootstrap_extensions: [internalListeners],
    layered_runtime: { layers: [{ name: 'bootstrap', static_layer: runtime }] },
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: {
            '@type':
              'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            max_active_downstream_connections: 50_000,
          },
        },
      ],
    },
  };
  return JSON.stringify(bootstrap, undefined, 2);
}

const xdsCluster = 'xds_cluster';

/** Envoy waits up to 30 s by default; on one machine a control plane that is back should be found at once. */
const reconnect = { retry_back_off: { base_interval: '0.1s', max_interval: '1s' } };

/** Sluice has judged a user's expressions before it sends them; Envoy's own limit would refuse a whole response. */
const runtime = {
  're2.max_program_size.error_level': 4_294_967_295,
  're2.max_program_size.warn_level': 4_294_967_295,
};

/** By which listeners ask whose a request is that came to the wrong one of them. */
const internalListeners = {
  name: 'envoy.bootstrap.internal_listener',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
  },
};

function controlPlane({ xdsAddress, xdsPort }: BootstrapOptions): object {
  const dns = xdsAddress === 'localhost';
  return {
    name: xdsCluster,
    type: dns ? 'STRICT_DNS' : 'STATIC',
    ...(isIPv6(xdsAddress) ? { dns_lookup_family: 'V6_ONLY' } : {}),
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: xdsCluster,
      endpoints: [
        {
          lb_endpoints: [
            { endpoint: { address: { socket_address: { address: xdsAddress, port_value: xdsPort } } } },
          ],
        },
      ],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: {
          // Without it a control plane whose machine vanished would be waited for until TCP gives up.
          http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '5s' } },
        },
      },
    },
  };
}
