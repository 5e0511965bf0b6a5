import { isIP, isIPv6 } from 'node:net';
import { adminPaths } from './admin-paths.ts';
import { clusterNames } from './cluster-names.ts';
import { drainListener, type DrainOptions } from './drain-listener.ts';
import { readinessListener } from './readiness-listener.ts';
import { localCluster } from './static-listener.ts';

export interface ProxyBootstrapOptions {
  /** `namespace/name` of the Gateway, which is `node.cluster`. */
  readonly gateway: string;
  readonly xdsAddress: string;
  readonly xdsPort: number;
  /** DNS name that the xDS server must prove to have. */
  readonly xdsServerName: string;
  /** Shown to the xDS server in the metadata of every stream; see `Site`. */
  readonly xdsToken: string;
  readonly adminPort: number;
  readonly readinessPort: number;
  /** Undefined: a proxy that ends does so at once. */
  readonly drain: DrainOptions | undefined;
  /** Paths of {@link certificateResource} and {@link authorityResource}. */
  readonly certificateFile: string;
  readonly authorityFile: string;
}

/**
 * Bootstrap of a proxy in the cluster, as JSON text: delta ADS over mutual TLS, a listener for the kubelet's probes
 * and one by which it drains. `node.id` comes by flag.
 *
 * Plugins run in the proxy and call clusters by name, with the proxy's own certificate. So none of its clusters can be guessed,
 * a stream needs a token, and the admin server answers no more paths than are asked for here.
 *
 * LDS and CDS are waited for without end, so that a fresh Envoy is never ready before it has its config. A proxy is
 * replaced when this text changes, so nothing is in it that could come by xDS or that changes by itself.
 */
export function proxyBootstrap(options: ProxyBootstrapOptions): string {
  const { xdsToken, adminPort, readinessPort, drain } = options;
  const names = clusterNames(xdsToken);
  const draining = drain === undefined ? undefined : drainListener(drain, names);
  return JSON.stringify(
    {
      node: { cluster: options.gateway },
      dynamic_resources: {
        ads_config: {
          api_type: 'DELTA_GRPC',
          transport_api_version: 'V3',
          set_node_on_first_message_only: true,
          grpc_services: [
            {
              envoy_grpc: { cluster_name: names.xds, retry_policy: reconnect },
              initial_metadata: [{ key: tokenHeader, value: xdsToken }],
            },
          ],
        },
        lds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
        cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      },
      static_resources: {
        listeners: [readinessListener(readinessPort, names.admin), draining?.listener].filter(isSet),
        clusters: [
          controlPlane(options, names.xds),
          localCluster(names.admin, 'admin', adminPort),
          draining?.cluster,
        ].filter(isSet),
      },
      admin: {
        address: { socket_address: { address: '127.0.0.1', port_value: adminPort } },
        allow_paths: adminPaths(drain !== undefined),
      },
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
    },
    undefined,
    2,
  );
}

/** Paths of PEM files in one folder, which is replaced as a whole when any of them changes. */
export interface CertificateFiles {
  readonly folder: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** A proxy's client certificate for the xDS server, as a file of SDS: Envoy follows the files, so a renewed one needs no restart. */
export function certificateResource({ folder, certificate, privateKey }: CertificateFiles): string {
  return secretFile(certificateName, {
    tls_certificate: {
      certificate_chain: { filename: certificate },
      private_key: { filename: privateKey },
      watched_directory: { path: folder },
    },
  });
}

/** By which a proxy knows the xDS server, likewise. */
export function authorityResource({ folder, authority }: CertificateFiles): string {
  return secretFile(authorityName, {
    validation_context: { trusted_ca: { filename: authority }, watched_directory: { path: folder } },
  });
}

const certificateName = 'xds_certificate';
const authorityName = 'xds_authority';

/** Name of the token in gRPC's metadata. */
const tokenHeader = 'x-sluice-token';

/** Envoy waits up to 30 s by default. Many proxies reconnect at once when a replica of Sluice ends, so not at once. */
const reconnect = { retry_back_off: { base_interval: '0.1s', max_interval: '2s' } };

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

function controlPlane(options: ProxyBootstrapOptions, name: string): object {
  const { xdsAddress, xdsPort } = options;
  return {
    name,
    alt_stat_name: 'xds_cluster',
    type: isIP(xdsAddress) === 0 ? 'STRICT_DNS' : 'STATIC',
    ...(isIPv6(xdsAddress) ? { dns_lookup_family: 'V6_ONLY' } : {}),
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
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
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        sni: options.xdsServerName,
        common_tls_context: mutualTls(options),
      },
    },
  };
}

function mutualTls({ xdsServerName, certificateFile, authorityFile }: ProxyBootstrapOptions): object {
  return {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    tls_certificate_sds_secret_configs: [{ name: certificateName, sds_config: fromFile(certificateFile) }],
    combined_validation_context: {
      default_validation_context: {
        match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: xdsServerName } }],
      },
      validation_context_sds_secret_config: { name: authorityName, sds_config: fromFile(authorityFile) },
    },
  };
}

function fromFile(path: string): object {
  return { path_config_source: { path }, resource_api_version: 'V3' };
}

function secretFile(name: string, secret: object): string {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
  return JSON.stringify({ resources: [{ '@type': type, name, ...secret }] }, undefined, 2);
}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
