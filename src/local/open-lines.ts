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
      readonly sectionName?: string | undefined;
      readonly port?: number | undefined;
    }[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly { readonly matches?: readonly RouteMatch[] }[];
  };
}

/** A match of an HTTPRoute; those of other kinds are not asked for. */
interface RouteMatch {
  readonly path?: { readonly type: string; readonly value: string };
  readonly method?: string | { readonly type: string } | undefined;
  readonly headers?: readonly unknown[];
  readonly queryParams?: readonly unknown[];
}

/**
 * Returns the address of a Gateway on this machine, and a curl line for hostnames and paths of its HTTPRoutes: those that
 * a listener takes, and that a GET without more headers matches.
 */
export function openLines(
  key: ResourceKey,
  gateway: GatewayRow,
  routes: ReadonlyMap<ResourceKey, RouteAddress>,
): readonly string[] {
  const lines = gateway.spec.listeners.flatMap((listener) =>
    listenerLines(
      listener,
      [...routes].flatMap(([routeKey, route]) => (isAttached(routeKey, route, key, listener) ? [route] : [])),
    ),
  );
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
  const open = `Open ${protocol === 'HTTP' ? 'http' : 'https'}://127.0.0.1:${port}/`;
  if (routes.length === 0)
    return [listener.hostname === undefined ? open : curl(exactHost(listener.hostname), protocol, port, '/')];
  const requests = new Map<string, string>();
  for (const { spec } of routes) {
    const path = pathOf(spec.rules);
    if (path === undefined) continue;
    for (const hostname of hostsOf(listener.hostname, spec.hostnames ?? [])) {
      const isOpen = hostname === undefined;
      const line = isOpen ? `${open.slice(0, -1)}${path}` : curl(exactHost(hostname), protocol, port, path);
      const at = hostname ?? '';
      if (!requests.has(at)) requests.set(at, line);
    }
  }
  return [...requests]
    .sort(([a], [b]) => Number(a !== '') - Number(b !== ''))
    .slice(0, maxHostLines)
    .map(([, line]) => line);
}

/** Hostnames that both take; undefined: any. */
function hostsOf(listener: string | undefined, route: readonly string[]): readonly (string | undefined)[] {
  if (route.length === 0) return [listener];
  return route.flatMap((hostname) => {
    if (listener === undefined || listener === hostname || isBelow(hostname, listener)) return [hostname];
    return isBelow(listener, hostname) ? [listener] : [];
  });
}

function isBelow(hostname: string, wildcard: string): boolean {
  return wildcard.startsWith('*.') && hostname.endsWith(wildcard.slice(1));
}

/** Returns the first path that a plain GET matches, and that a shell takes as it is. */
function pathOf(rules: RouteAddress['spec']['rules'] = []): string | undefined {
  for (const { matches = [] } of rules) {
    if (matches.length === 0) return '/';
    for (const { path, method, headers = [], queryParams = [] } of matches) {
      if (headers.length > 0 || queryParams.length > 0 || (method !== undefined && method !== 'GET'))
        continue;
      if (path === undefined) return '/';
      if (path.type !== 'RegularExpression' && /^\/[\w./~-]*$/.test(path.value)) return path.value;
    }
  }
  return undefined;
}

function curl(host: string, protocol: 'HTTP' | 'HTTPS', port: number, path: string): string {
  return protocol === 'HTTP'
    ? `curl -H 'Host: ${host}' http://127.0.0.1:${port}${path}`
    : `curl -k --resolve ${host}:${port}:127.0.0.1 https://${host}:${port}${path}`;
}

function exactHost(hostname: string): string {
  return hostname.replace(/^\*\./, 'www.');
}

function isAttached(
  routeKey: ResourceKey,
  route: RouteAddress,
  gatewayKey: ResourceKey,
  listener: GatewayListener,
): boolean {
  const { namespace, name } = splitResourceKey(gatewayKey);
  const { kind, namespace: home } = splitResourceKey(routeKey);
  return (
    kind === 'HTTPRoute' &&
    route.spec.parentRefs.some(
      (ref) =>
        ref.kind === 'Gateway' &&
        ref.name === name &&
        (ref.namespace ?? home) === namespace &&
        (ref.sectionName ?? listener.name) === listener.name &&
        (ref.port ?? listener.port) === listener.port,
    )
  );
}
