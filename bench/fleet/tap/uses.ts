import { fields, partsAt, textAt } from './fields.ts';

export const typeUrl = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoint: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  scope: 'type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  virtualHost: 'type.googleapis.com/envoy.config.route.v3.VirtualHost',
  extension: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
} as const;

/** Subscription that Envoy makes because of a resource; a wildcard has no names. */
export interface Use {
  readonly type: string;
  readonly names: readonly string[];
}

/** Uses of one resource, as Envoy finds them. Field numbers: https://github.com/envoyproxy/envoy/tree/v1.40.0/api */
export function usesOf(type: string, resource: Uint8Array): Use[] {
  if (type === typeUrl.cluster) return clusterUses(resource);
  if (type === typeUrl.listener) return listenerUses(resource);
  if (type === typeUrl.scope) return [{ type: typeUrl.route, names: textAt(resource, [2]) }];
  if (type === typeUrl.route && partsAt(resource, [9]).length > 0)
    return [{ type: typeUrl.virtualHost, names: [] }];
  return [];
}

function clusterUses(cluster: Uint8Array): Use[] {
  const [config] = partsAt(cluster, [3]);
  if (config === undefined) return [];
  const names = textAt(config, [2]);
  return [{ type: typeUrl.endpoint, names: names.length > 0 ? names : textAt(cluster, [1]) }];
}

function listenerUses(listener: Uint8Array): Use[] {
  const chains = [...partsAt(listener, [3]), ...partsAt(listener, [25])];
  return chains.flatMap((chain) => {
    const managers = partsAt(chain, [3, 4, 2]);
    const secrets = partsAt(chain, [6, 3, 2, 1]).flatMap((context) => [
      ...textAt(context, [6, 1]),
      ...textAt(context, [7, 1]),
    ]);
    const uses = managers.flatMap(managerUses);
    return secrets.length > 0 ? [{ type: typeUrl.secret, names: secrets }, ...uses] : uses;
  });
}

function managerUses(manager: Uint8Array): Use[] {
  const filters = partsAt(manager, [5]).flatMap(dynamicNames);
  const uses: Use[] = [
    { type: typeUrl.route, names: textAt(manager, [3, 2]) },
    { type: typeUrl.extension, names: [...new Set(filters)] },
  ];
  const named = uses.filter(({ names }) => names.length > 0);
  // Scopes are asked for by a wildcard, or by the name of their collection.
  const names = textAt(manager, [31, 5, 2]);
  return partsAt(manager, [31, 5]).length > 0 ? [...named, { type: typeUrl.scope, names }] : named;
}

/**
 * Names of filters whose config comes by ECDS, at any depth: a composite filter has them in a tree of matchers. Their
 * message has the name in field 1, and in field 5 or 2 an ExtensionConfigSource, whose field 4 is a type URL.
 */
function dynamicNames(message: Uint8Array): string[] {
  let parts: { readonly number: number; readonly bytes: Uint8Array }[];
  try {
    parts = [...fields(message)];
  } catch {
    // A text or a number that was taken for a message.
    return [];
  }
  const isDynamic = parts.some(
    ({ number, bytes }) => (number === 5 || number === 2) && isConfigSource(bytes),
  );
  if (isDynamic)
    return parts.flatMap(({ number, bytes }) => (number === 1 ? Buffer.from(bytes).toString() : []));
  return parts.flatMap(({ bytes }) => dynamicNames(bytes));
}

function isConfigSource(message: Uint8Array): boolean {
  try {
    return textAt(message, [4]).some((text) => text.startsWith('type.googleapis.com/'));
  } catch {
    return false;
  }
}
