/**
 * Returns the name of a VirtualHost resource, which is also its `VirtualHost.name`: Envoy replaces and removes by that
 * one. Envoy finds the RouteConfiguration before the last slash, and no domain has a slash.
 */
export function virtualHostName(routeConfiguration: string, domain: string): string {
  return `${routeConfiguration}/${domain}`;
}

export function routeConfigurationOf(virtualHost: string): string {
  return virtualHost.slice(0, virtualHost.lastIndexOf('/'));
}

/** Returns a name that no VirtualHost has: its removal tells Envoy that a RouteConfiguration has no hosts. */
export function noVirtualHost(routeConfiguration: string): string {
  return virtualHostName(routeConfiguration, '-');
}
