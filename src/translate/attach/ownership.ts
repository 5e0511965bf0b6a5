import { ourGatewayKey, effectiveListenersKey } from '../../units/listener-rows.ts';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import {
  type EffectiveListenersRow,
  type OurGatewayRow,
  type PortListener,
  type ServedPlace,
} from '../../kinds/derived/effective-listeners.ts';
import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { anyHostname } from '../../kinds/shape/hostname.ts';
import { setting, type Reader } from '../reader.ts';
import { isServed } from '../listeners/listener.ts';
import { byPort, placeOf } from '../listeners/protocol.ts';
import { filteredListenerName, internalRoutesName } from '../../units/internal-listener-name.ts';
import { shardedTable } from '../../units/route-shard.ts';
import type { TransportPort } from '../../units/unit-def.ts';

/** The parts of a Gateway of this controller that everything at it needs. */
export interface OurGateway extends OurGatewayRow {
  readonly namespace: string;
  readonly name: string;
}

export interface WholeGateway extends OurGateway, EffectiveListenersRow {
  readonly row: GatewayRow;
  /** With those of its ListenerSets; see `EffectiveListenersRow.others`. */
  readonly served: readonly ServedPlace[];
  readonly ports: readonly GatewayPort[];
}

export interface GatewayPort extends TransportPort {
  readonly byHostname: ReadonlyMap<string, ServedPlace>;
}

export function readOurGateway(reader: Reader, namespace: string, name: string): OurGateway | undefined {
  reader.expect([ourGatewayKey(namespace, name)]);
  const row = reader.row('OurGateway', namespace, name);
  return row === undefined ? undefined : { ...row, namespace, name };
}

export function readWholeGateway(reader: Reader, namespace: string, name: string): WholeGateway | undefined {
  reader.expect(wholeGatewayKeys(namespace, name));
  const gateway = readOurGateway(reader, namespace, name);
  const row = reader.row('Gateway', namespace, name);
  const effective = reader.row('EffectiveListeners', namespace, name);
  if (gateway === undefined || row === undefined || effective === undefined) return undefined;
  const served = [...effective.listeners.filter(isServed), ...effective.others];
  const ports = byPort(served).map((states) => ({
    ...placeOf(states[0]),
    byHostname: new Map(states.map((state) => [state.hostname, state])),
  }));
  return { ...gateway, ...effective, row, served, ports };
}

export function wholeGatewayKeys(namespace: string, name: string): ReadKey[] {
  return [
    settingKey('controllerName'),
    settingKey('managedProxies'),
    ourGatewayKey(namespace, name),
    effectiveListenersKey(namespace, name),
    resourceKey('Gateway', namespace, name),
  ];
}

/** Returns the row of a Gateway whose class names this controller, for the unit that tells all others. */
export function readOwnGateway(reader: Reader, namespace: string, name: string): GatewayRow | undefined {
  reader.expect([settingKey('controllerName'), resourceKey('Gateway', namespace, name)]);
  const row = reader.row('Gateway', namespace, name);
  return row !== undefined && isOurClass(reader, row.spec.gatewayClassName) ? row : undefined;
}

export function isOurClass(reader: Reader, name: string): boolean {
  const controllerName = setting(reader, 'controllerName');
  const row = reader.row('GatewayClass', '', name);
  return controllerName !== undefined && row?.spec.controllerName === controllerName;
}

/** Returns true when Sluice runs the proxies. */
export function isManaged(reader: Reader): boolean {
  return setting(reader, 'managedProxies') === true;
}

type GatewayName = Pick<OurGateway, 'namespace' | 'name'>;

/** Gateway whose tables of routes are named. */
export type TablesOwner = GatewayName & Pick<OurGateway, 'hasRouteShards'>;

export type ListenerPlace = Pick<PortListener, 'hostname' | 'protocol'> & {
  readonly listener: { readonly port: number };
};

/**
 * HTTP listeners of one port share a table; each HTTPS listener has its own, chosen by server name. No name
 * is one of Sluice 0.2, whose RouteConfigurations had their virtual hosts inside: Envoy would answer 404 between such a
 * RouteConfiguration in its new form and the first VirtualHosts, but keeps the old one until a new name is warm.
 */
export function routeTableName(
  gateway: TablesOwner,
  { listener, hostname, protocol }: ListenerPlace,
): string {
  const port = listenerName(gateway, { transport: 'tcp', port: listener.port });
  const domains = protocol === 'HTTP' ? anyHostname : hostname;
  const name = `${port}:${domains}`;
  return gateway.hasRouteShards && domains.startsWith(anyHostname) ? shardedTable(name) : name;
}

/** Returns the table with the routes of a listener: of one with filters that behind them. */
export function routesTable(
  gateway: TablesOwner,
  owner: ListenerPlace & { readonly isFiltered?: boolean | undefined },
): string {
  if (owner.isFiltered !== true) return routeTableName(gateway, owner);
  return internalRoutesName(filteredListenerName(gateway.namespace, gateway.name, owner.listener.port));
}

export function listenerName(gateway: GatewayName, { transport, port }: TransportPort): string {
  const name = `${gateway.namespace}/${gateway.name}/${port}`;
  return transport === 'udp' ? `${name}/udp` : name;
}
