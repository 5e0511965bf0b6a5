import { isIPv6 } from 'node:net';
import { internalListeners, runtime, xdsHttp2 } from '../lib/envoy-bootstrap.ts';

export interface BootstrapOptions {
  /** `namespace/name`, sent as `node.cluster`. */
  readonly gateway: string;
  readonly nodeId: string;
  readonly xdsAddress: string;
  readonly xdsPort: number;
  /** Envoy's own admin port, on loopback; 0 takes any free one. */
  readonly adminPort: number;
}

/**
 * Returns Envoy's bootstrap as JSON: delta ADS without TLS, for a control plane on loopback only. Programs of the
 * machine can read all config there, so plugins are not kept from it as in a cluster (`src/infra`).
 * Envoy waits for LDS and CDS without a limit, so it never opens without its config. Equal options give equal text, by
 * which `sluice standalone` recognizes its Envoys.
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

/** Envoy waits up to 30 s by default; on one machine a returning control plane should be found at once. */
const reconnect = { retry_back_off: { base_interval: '0.1s', max_interval: '1s' } };

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
          http2_protocol_options: xdsHttp2,
        },
      },
    },
  };
}
