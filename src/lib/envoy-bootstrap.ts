/**
 * `layered_runtime` values of every bootstrap. Sluice checks expressions before it sends them; Envoy's own limit would
 * reject a whole response.
 */
export const runtime = {
  're2.max_program_size.error_level': 4_294_967_295,
  're2.max_program_size.warn_level': 4_294_967_295,
};

/** Bootstrap extension by which listeners ask for the owner of a request that reached the wrong one. */
export const internalListeners = {
  name: 'envoy.bootstrap.internal_listener',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
  },
};
