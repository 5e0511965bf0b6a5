/**
 * `layered_runtime` values of every bootstrap. Sluice checks expressions before it sends them; Envoy's own limit would
 * reject a whole response.
 */
export const runtime = {
  're2.max_program_size.error_level': 4_294_967_295,
  're2.max_program_size.warn_level': 4_294_967_295,
};

/**
 * Bytes that Envoy takes of the xDS stream before it has to read them, instead of 16 MiB. The TLS connection of the server
 * keeps a buffer as large as the largest write, for each proxy. A window for each round trip is at most 5 MB a second at 50 ms.
 */
export const xdsWindowBytes = 256 * 1024;

/** HTTP/2 of the xDS cluster. Without keepalive, Envoy would wait for a lost control plane until TCP gives up. */
export const xdsHttp2 = {
  initial_stream_window_size: xdsWindowBytes,
  initial_connection_window_size: xdsWindowBytes,
  connection_keepalive: { interval: '30s', timeout: '5s' },
};

/** Bootstrap extension by which listeners ask for the owner of a request that reached the wrong one. */
export const internalListeners = {
  name: 'envoy.bootstrap.internal_listener',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
  },
};
