import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { GatewayRow } from '../kinds/gateway-api/gateway.ts';
import type { GatewayListener } from '../kinds/gateway-api/listener.ts';

const maxHostLines = 4;

export interface RouteAddress {
  readonly spec: {
    readonly parentRefs: readonly {
      readonly kind: string;
      readonly name: string;
      readonly namespace?: string | undefined;
    }[];
    readonly hostnames?: readonly string[];
  };
}

/** Returns the address of a Gateway on this machine, and a curl line for each hostname, which may lack a route. */
export function openLines(
  key: ResourceKey,
  gateway: GatewayRow,
  routes: ReadonlyMap<ResourceKey, RouteAddress>,
): readonly string[] {
  const attached = [...routes].flatMap(([routeKey, route]) =>
    refersTo(routeKey, route, key) ? [route] : [],
  );
  const lines = gateway.spec.listeners.flatMap((listener) => listenerLines(listener, attached));
  return [...new Set(lines)];
}

export function portsOf(gateway: GatewayRow): readonly number[] {
  const readable = gateway.spec.listeners.filter(({ unreadable }) => unreadable === undefined);
  return [...new Set(readable.map(({ port }) => port))];
}

function listenerLines(listener: GatewayListener, routes: readonly RouteAddress[]): readonly string[] {
  const { port, protocol, unreadable } = listener;
  if (unreadable !== undefined) return [];
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') return [];
  const hosts = new Set<string>(listener.hostname === undefined ? [] : [listener.hostname]);
  for (const route of routes) for (const hostname of route.spec.hostnames ?? []) hosts.add(hostname);
  const anyHost =
    listener.hostname === undefined && routes.some(({ spec }) => (spec.hostnames ?? []).length === 0);
  const curls = [...hosts]
    .slice(0, maxHostLines)
    .map((hostname) => curl(exactHost(hostname), protocol, port));
  const open = `Open ${protocol === 'HTTP' ? 'http' : 'https'}://127.0.0.1:${port}/`;
  return anyHost || hosts.size === 0 ? [open, ...curls] : curls;
}

function curl(host: string, protocol: 'HTTP' | 'HTTPS', port: number): string {
  return protocol === 'HTTP'
    ? `curl -H 'Host: ${host}' http://127.0.0.1:${port}/`
    : `curl -k --resolve ${host}:${port}:127.0.0.1 https://${host}:${port}/`;
}

function exactHost(hostname: string): string {
  return hostname.replace(/^\*\./, 'www.');
}

function refersTo(routeKey: ResourceKey, route: RouteAddress, gatewayKey: ResourceKey): boolean {
  const { namespace, name } = splitResourceKey(gatewayKey);
  return route.spec.parentRefs.some(
    (ref) =>
      ref.kind === 'Gateway' &&
      ref.name === name &&
      (ref.namespace ?? splitResourceKey(routeKey).namespace) === namespace,
  );
}
