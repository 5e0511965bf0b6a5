/** Type URLs of the resources that Sluice serves. */
export const typeUrl = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoint: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  extension: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
} as const;

export type TypeUrl = (typeof typeUrl)[keyof typeof typeUrl];

/** In the order in which a proxy is to learn of what is new: what is used goes before its users. */
export const typeUrls: readonly TypeUrl[] = [
  typeUrl.cluster,
  typeUrl.endpoint,
  typeUrl.secret,
  typeUrl.extension,
  typeUrl.listener,
  typeUrl.route,
];

export function isTypeUrl(text: string): text is TypeUrl {
  return (typeUrls as readonly string[]).includes(text);
}

/** Name of the message alone, such as `Cluster`. */
export function messageName(type: TypeUrl): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
