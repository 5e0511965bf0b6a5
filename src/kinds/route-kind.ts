/** Kinds of routes that Sluice serves, all of one group. */
export const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const;

export type RouteKind = (typeof routeKinds)[number];

export function isRouteKind(kind: string): kind is RouteKind {
  return (routeKinds as readonly string[]).includes(kind);
}

/** Kinds of routes of which Envoy knows only the bytes. */
const bytesRouteKinds = ['TLSRoute', 'TCPRoute', 'UDPRoute'] as const;

export type BytesRouteKind = (typeof bytesRouteKinds)[number];

export function isBytesRouteKind(kind: string): kind is BytesRouteKind {
  return (bytesRouteKinds as readonly string[]).includes(kind);
}
