import { isIP, isIPv6 } from 'node:net';
import { internalListeners, runtime, xdsHttp2 } from '../lib/envoy-bootstrap.ts';
import { adminPaths } from './admin-paths.ts';
import { clusterNames } from './cluster-names.ts';
import { drainListener, type DrainOptions } from './drain-listener.ts';
import { readinessListener } from './readiness-listener.ts';
import { localCluster, type IpFamily } from './static-listener.ts';

export interface ProxyBootstrapOptions {
  /** `namespace/name`, sent as `node.cluster`. */
  readonly gateway: string;
  readonly xdsAddress: string;
  readonly xdsPort: number;
  /** DNS name that the certificate of the xDS server must have. */
  readonly xdsServerName: string;
  /** Sent in the gRPC metadata of every stream; see `Site`. */
  readonly xdsToken: string;
  readonly adminPort: number;
  readonly readinessPort: number;
  readonly ipFamily?: IpFamily;
  /** Undefined: the proxy ends at once, without a drain. */
  readonly drain: DrainOptions | undefined;
  /** Paths of {@link certificateResource} and {@link authorityResource}. */
  readonly certificateFile: string;
  readonly authorityFile: string;
}

/**
 * Returns the bootstrap of a proxy as JSON text. A change of it replaces the proxies, so it holds only stable settings
 * that xDS cannot carry. `node.id` comes by flag.
 *
 * Plugins run in the proxy and call its clusters by name, with the proxy's certificate. So cluster names cannot be
 * guessed, a stream needs a token, and the admin server answers few paths.
 *
 * Envoy waits for LDS and CDS without a time limit, so a new proxy is never ready before it has its config.
 */
export function proxyBootstrap(options: ProxyBootstrapOptions): string {
  const { xdsToken, adminPort, readinessPort, ipFamily, drain } = options;
  const names = clusterNames(xdsToken);
  const draining = drain === undefined ? undefined : drainListener({ ...drain, ipFamily }, names);
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
        listeners: [readinessListener(readinessPort, ipFamily, names.admin), draining?.listener].filter(
          isSet,
        ),
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

/** Paths of PEM files. The kubelet replaces the whole folder when one of them changes. */
export interface CertificateFiles {
  readonly folder: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** Returns the proxy's client certificate as an SDS file. Envoy follows it, so a renewed one needs no restart. */
export function certificateResource({ folder, certificate, privateKey }: CertificateFiles): string {
  return secretFile(certificateName, {
    tls_certificate: {
      certificate_chain: { filename: certificate },
      private_key: { filename: privateKey },
      watched_directory: { path: folder },
    },
  });
}

export function authorityResource({ folder, authority }: CertificateFiles): string {
  return secretFile(authorityName, {
    validation_context: { trusted_ca: { filename: authority }, watched_directory: { path: folder } },
  });
}

const certificateName = 'xds_certificate';
const authorityName = 'xds_authority';

const tokenHeader = 'x-sluice-token';

/** Envoy's default is up to 30 s. Not 0: when a replica of Sluice ends, many proxies reconnect. */
const reconnect = { retry_back_off: { base_interval: '0.1s', max_interval: '2s' } };

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
          http2_protocol_options: xdsHttp2,
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
