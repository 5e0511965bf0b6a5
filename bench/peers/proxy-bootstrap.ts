import { internalListeners, runtime } from '../../src/lib/envoy-bootstrap.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import type { Tap } from './peer.ts';

export interface BootstrapOptions {
  /** Name by which resources of the peer refer to the cluster of the control plane. */
  readonly xdsCluster: string;
  /** Clusters that the peer expects in a bootstrap. */
  readonly clusters?: readonly object[];
}

/** Returns a bootstrap as JSON that is the same for all peers, except for the way to the control plane. */
export function proxyBootstrap(tap: Tap, { xdsCluster, clusters = [] }: BootstrapOptions): string {
  const isDelta = tap.protocol === 'delta';
  const api = {
    api_type: isDelta ? 'DELTA_GRPC' : 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [
      {
        envoy_grpc: { cluster_name: xdsCluster },
        initial_metadata: Object.entries(tap.headers).map(([key, value]) => ({ key, value })),
      },
    ],
  };
  const source = {
    ...(isDelta ? { ads: {} } : { api_config_source: api }),
    resource_api_version: 'V3',
    initial_fetch_timeout: '0s',
  };
  return JSON.stringify(
    {
      node: tap.node,
      dynamic_resources: {
        ...(isDelta ? { ads_config: api } : {}),
        lds_config: source,
        cds_config: source,
      },
      static_resources: { clusters: [controlPlane(tap, xdsCluster), ...clusters] },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      bootstrap_extensions: [internalListeners],
      layered_runtime: { layers: [{ name: 'bootstrap', static_layer: runtime }] },
    },
    undefined,
    2,
  );
}

function controlPlane(tap: Tap, name: string): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: [
            { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: tap.port } } } },
          ],
        },
      ],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: {
          http2_protocol_options:
            tap.windowBytes === undefined
              ? {}
              : {
                  initial_stream_window_size: tap.windowBytes,
                  initial_connection_window_size: tap.windowBytes,
                },
        },
      },
    },
    // A stream for each assignment: Envoy opens 1,024 by default, and Contour's own bootstrap allows any number.
    circuit_breakers: { thresholds: [{ max_requests: 1_000_000, max_pending_requests: 1_000_000 }] },
    transport_socket: tlsSocket(tap),
  };
}

function tlsSocket({ tls, serverName }: Tap): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni: serverName,
      common_tls_context: {
        // A client of Envoy's speaks TLS 1.2 at most by default; peers accept 1.3 alone.
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
        ...(tls.certificate === '' ? {} : { tls_certificates: [clientCertificate(tls)] }),
        validation_context: {
          trusted_ca: { inline_string: tls.ca },
          match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: serverName } }],
        },
      },
    },
  };
}

function clientCertificate({ certificate, privateKey }: TlsMaterial): object {
  return {
    certificate_chain: { inline_string: certificate },
    private_key: { inline_string: privateKey },
  };
}
