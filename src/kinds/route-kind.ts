/** Kinds of routes that Sluice serves, all of one group. */
export const routeKinds = ['HTTPRoute', 'GRPCRoute'] as const;

export type RouteKind = (typeof routeKinds)[number];

export function isRouteKind(kind: string): kind is RouteKind {
  return (routeKinds as readonly string[]).includes(kind);
}
