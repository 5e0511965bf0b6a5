import type { Conflict, ServedProtocol } from '../../kinds/derived/effective-listeners.ts';
import { coveringHostnames } from '../../kinds/shape/hostname.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { byPort, carriesHttp, hasOwnChain, protocols } from './protocol.ts';

export interface Place {
  /** ListenerSet that has it, the same object for all of its listeners; undefined: the Gateway has it. */
  readonly set?: ObjectName | undefined;
  readonly listener: { readonly name: string; readonly port: number };
  readonly protocol: ServedProtocol;
  /** `*` for none. */
  readonly hostname: string;
}

/**
 * Returns the listeners that cannot be told from another one. Within one object all of them lose; otherwise those of the
 * Gateway, and then of the first ListenerSet, stay. `places` are in the order of precedence. Costs O(listeners).
 * https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec, "Handling indistinct Listeners", and
 * https://gateway-api.sigs.k8s.io/geps/gep-1713/#listener-and-listenerset-conflicts
 */
export function conflicts<P extends Place>(places: readonly P[]): Map<P, Conflict> {
  const found = new Map<P, Conflict>();
  for (const port of byPort(places)) {
    const before: Taken = { fields: new Set(), hostnames: new Set() };
    for (const own of Map.groupBy(port, ({ set }) => set).values()) {
      const rest = own.filter((place) => {
        const conflict = conflictWith(before, place);
        if (conflict !== undefined) found.set(place, conflict);
        return conflict === undefined;
      });
      noteIndistinct(rest, found);
      // Those that conflict among themselves keep their places: a mistake of one owner must not let another take over.
      for (const { protocol, hostname } of rest) {
        before.fields.add(protocols[protocol].apart);
        before.hostnames.add(hostname);
      }
    }
  }
  return found;
}

/** Places of a port that objects of higher precedence have. */
interface Taken {
  readonly fields: Set<string>;
  readonly hostnames: Set<string>;
}

function conflictWith({ fields, hostnames }: Taken, { protocol, hostname }: Place): Conflict | undefined {
  if (fields.size === 0) return undefined;
  const { apart } = protocols[protocol];
  if (apart === 'port' || !fields.has(apart)) return 'ProtocolConflict';
  return hostnames.has(hostname) ? 'HostnameConflict' : undefined;
}

function noteIndistinct<P extends Place>(port: readonly P[], found: Map<P, Conflict>): void {
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

/**
 * Returns, for each TLS listener, those of its port with overlapping hostnames, if one of the two has requests: a client
 * may send those for one over a connection to the other. Costs O(listeners × labels of their hostnames), plus the names returned.
 */
export function overlaps<P extends Place>(places: readonly P[]): Map<P, readonly string[]> {
  const found = new Map<P, Set<string>>();
  for (const port of byPort(places.filter(hasOwnChain))) {
    const byHostname = new Map(port.map((place) => [place.hostname, place]));
    for (const place of port) {
      for (const hostname of coveringHostnames(place.hostname)) {
        const other = byHostname.get(hostname);
        if (other === undefined || !(carriesHttp(place) || carriesHttp(other))) continue;
        note(found, place, other);
        note(found, other, place);
      }
    }
  }
  return new Map([...found].map(([place, names]) => [place, [...names]]));
}

/** Does not name ListenerSets, so that their owners do not learn of each other. */
function note<P extends Place>(found: Map<P, Set<string>>, place: P, { set, listener }: P): void {
  const foreign = set === undefined ? `${listener.name} of the Gateway` : 'of a ListenerSet';
  const name = set === place.set ? listener.name : foreign;
  const names = found.get(place);
  if (names === undefined) found.set(place, new Set([name]));
  else names.add(name);
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
