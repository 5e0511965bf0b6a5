import type { Conflict, ServedProtocol } from '../../kinds/derived/effective-listeners.ts';
import { coveringHostnames } from '../../kinds/shape/hostname.ts';
import { byPort, carriesHttp, hasOwnChain, protocols } from './protocol.ts';

export interface Place {
  readonly listener: { readonly name: string; readonly port: number };
  readonly protocol: ServedProtocol;
  /** `*` for none. */
  readonly hostname: string;
}

/**
 * Returns the listeners that cannot be told from another one; all of them lose. Costs O(listeners).
 * https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec, "Handling indistinct Listeners"
 */
export function conflicts<P extends Place>(places: readonly P[]): Map<P, Conflict> {
  const found = new Map<P, Conflict>();
  for (const port of byPort(places)) {
    const fields = new Set(port.map(({ protocol }) => protocols[protocol].apart));
    const isShared = fields.size > 1 || (port.length > 1 && fields.has('port'));
    const hostnames = new Map<string, P[]>();
    for (const place of port) {
      if (isShared) found.set(place, 'ProtocolConflict');
      else entry(hostnames, place.hostname).push(place);
    }
    for (const same of hostnames.values()) {
      if (same.length > 1) for (const place of same) found.set(place, 'HostnameConflict');
    }
  }
  return found;
}

/**
 * Returns, for each TLS listener, those of its port with overlapping hostnames, if one of the two has requests: a client
 * may send those for one over a connection to the other. Costs O(listeners × labels of their hostnames), plus the names returned.
 */
export function overlaps<P extends Place>(places: readonly P[]): Map<P, readonly string[]> {
  const found = new Map<P, string[]>();
  for (const port of byPort(places.filter(hasOwnChain))) {
    const byHostname = new Map(port.map((place) => [place.hostname, place]));
    for (const place of port) {
      for (const hostname of coveringHostnames(place.hostname)) {
        const other = byHostname.get(hostname);
        if (other === undefined || !(carriesHttp(place) || carriesHttp(other))) continue;
        entry(found, place).push(other.listener.name);
        entry(found, other).push(place.listener.name);
      }
    }
  }
  return found;
}

/** Returns listeners that cover another's hostname. Costs O(listeners × labels of their hostnames). */
export function divided<P extends Place>(places: readonly P[]): Set<P> {
  const found = new Set<P>();
  for (const port of byPort(places)) {
    const byHostname = new Map(port.map((place) => [place.hostname, place]));
    for (const place of port) {
      for (const hostname of coveringHostnames(place.hostname)) {
        const covering = byHostname.get(hostname);
        if (covering !== undefined) found.add(covering);
      }
    }
  }
  return found;
}

/** Returns the most specific value, by hostname, for a domain. Costs O(labels of the domain). */
export function mostSpecific<T>(byHostname: ReadonlyMap<string, T>, domain: string): T | undefined {
  for (const hostname of [domain, ...coveringHostnames(domain)]) {
    const found = byHostname.get(hostname);
    if (found !== undefined) return found;
  }
  return undefined;
}

function entry<K, V>(map: Map<K, V[]>, key: K): V[] {
  const list = map.get(key) ?? [];
  if (list.length === 0) map.set(key, list);
  return list;
}
