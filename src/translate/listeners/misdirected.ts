import {
  filteredListenerName,
  internalListenerName,
  internalRoutesName,
} from '../../units/internal-listener-name.ts';
import { anyHostname, coveringHostnames } from '../../kinds/shape/hostname.ts';
import { routeTableName, type ListenerPlace, type TablesOwner } from '../attach/ownership.ts';
import type { RouteTableIR } from '../ir.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { carriesHttp, hasOwnChain } from './protocol.ts';

interface TablesOf extends TablesOwner {
  readonly ports: readonly PortPlaces[];
  readonly filteredPorts: readonly number[];
}

/** Listeners of a port, by hostname. */
interface PortPlaces {
  readonly port: number;
  readonly byHostname: ReadonlyMap<string, ListenerPlace>;
}

/**
 * Makes a Gateway's tables, with their answers to requests that came by the connection of the wrong listener. One table of
 * each port, which all of them ask, knows all domains: repeated in each, they would grow with the square of the listeners.
 * Costs O(listeners × labels of their hostnames).
 */
export function routeTables(gateway: TablesOf): RouteTableIR[] {
  const tables = new Map<string, RouteTableIR>();
  for (const { port, byHostname } of gateway.ports) {
    const elsewhere = domainsElsewhere(byHostname);
    const asked = isAsked([...byHostname.values()]) ? askedName(gateway, port) : undefined;
    const toOthers: RouteTableIR['rest'] = asked === undefined ? undefined : { askListener: asked };
    const rest = byHostname.has(anyHostname) ? 'misdirected' : toOthers;
    for (const state of byHostname.values()) {
      if (!carriesHttp(state)) continue;
      const name = routeTableName(gateway, state);
      const hasRest = hasOwnChain(state) && state.hostname !== anyHostname;
      tables.set(name, {
        name,
        elsewhere: elsewhere.get(state) ?? [],
        rest: hasRest ? rest : undefined,
      });
    }
    if (asked !== undefined) {
      const all = internalRoutesName(asked);
      tables.set(all, { name: all, elsewhere: [...byHostname.keys()].sort(), rest: undefined });
    }
  }
  for (const port of gateway.filteredPorts) {
    const name = internalRoutesName(filteredListenerName(gateway.namespace, gateway.name, port));
    tables.set(name, { name, elsewhere: [], rest: undefined });
  }
  return [...tables.keys()].sort().flatMap((name) => tables.get(name) ?? []);
}

/** Returns true when a port has a table of all its domains. A listener for any name makes it needless. */
export function isAsked(listeners: readonly ListenerPlace[]): boolean {
  return (
    listeners.length > 1 &&
    listeners.some(carriesHttp) &&
    listeners.every((one) => one.hostname !== anyHostname && hasOwnChain(one))
  );
}

export function askedName({ namespace, name }: ObjectName, port: number): string {
  return internalListenerName(namespace, name, port);
}

function domainsElsewhere(
  byHostname: ReadonlyMap<string, ListenerPlace>,
): Map<ListenerPlace, readonly string[]> {
  const found = new Map<ListenerPlace, string[]>();
  for (const [hostname, state] of byHostname) {
    if (!hasOwnChain(state)) continue;
    for (const covering of coveringHostnames(hostname)) {
      const other = byHostname.get(covering);
      if (other === undefined) continue;
      const domains = found.get(other);
      if (domains === undefined) found.set(other, [hostname]);
      else domains.push(hostname);
    }
  }
  for (const domains of found.values()) domains.sort();
  return found;
}
