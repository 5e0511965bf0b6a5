import { resourceKey } from '../../lib/key.ts';
import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { settingsKey } from '../../kinds/own/settings-key.ts';
import type { Reader } from '../reader.ts';
import { mostSpecific } from '../listeners/conflicts.ts';
import { isServed, listenerStates, type ListenerState, type ServedListener } from '../listeners/listener.ts';

/** A Gateway whose class names this controller. */
export interface OurGateway {
  readonly namespace: string;
  readonly name: string;
  readonly row: GatewayRow;
  readonly listeners: readonly ListenerState[];
  readonly served: readonly ServedListener[];
  /** The served ones, by port and hostname. */
  readonly ports: ReadonlyMap<number, ReadonlyMap<string, ServedListener>>;
}

/** The Gateway, or undefined when there is none or it belongs to another controller. */
export function readOurGateway(reader: Reader, namespace: string, name: string): OurGateway | undefined {
  reader.expect([settingsKey, resourceKey('Gateway', namespace, name)]);
  const row = reader.row('Gateway', namespace, name);
  if (row === undefined || !isOurClass(reader, row.spec.gatewayClassName)) return undefined;
  return { namespace, name, row, ...listenersOf(row) };
}

type Listeners = Pick<OurGateway, 'listeners' | 'served' | 'ports'>;

/** By row, as a batch decodes a row once for all its units: the domains of a Gateway are as many as its listeners. */
const known = new WeakMap<GatewayRow, Listeners>();

function listenersOf(row: GatewayRow): Listeners {
  const before = known.get(row);
  if (before !== undefined) return before;
  const listeners = listenerStates(row);
  const served = listeners.filter(isServed);
  const ports = new Map<number, Map<string, ServedListener>>();
  for (const state of served) {
    const { port } = state.listener;
    ports.set(port, (ports.get(port) ?? new Map<string, ServedListener>()).set(state.hostname, state));
  }
  const found = { listeners, served, ports };
  known.set(row, found);
  return found;
}

export function isOurClass(reader: Reader, name: string): boolean {
  const settings = reader.row('Settings', '', 'sluice');
  const row = reader.row('GatewayClass', '', name);
  return settings !== undefined && row?.spec.controllerName === settings.controllerName;
}

/** Whether Sluice runs the proxies. */
export function isManaged(reader: Reader): boolean {
  return reader.row('Settings', '', 'sluice')?.managedProxies === true;
}

/**
 * The listener of the port that gets the requests for a domain: the most specific of those that cover it. No other
 * listener's routes may answer them ("Listener Isolation").
 */
export function owningListener(
  { ports }: OurGateway,
  port: number,
  domain: string,
): ServedListener | undefined {
  const hostnames = ports.get(port);
  return hostnames && mostSpecific(hostnames, domain);
}

type GatewayName = Pick<OurGateway, 'namespace' | 'name'>;

/**
 * Name of the RouteConfiguration that a listener's connections use. HTTP listeners of one port share one, as only the
 * Host header tells them apart; each HTTPS listener has its own, chosen by server name.
 */
export function routeConfigurationName(gateway: GatewayName, state: ServedListener): string {
  const port = listenerName(gateway, state.listener.port);
  return state.protocol === 'HTTP' ? port : `${port}/${state.hostname}`;
}

/** Name of the Envoy Listener of a Gateway's port. */
export function listenerName(gateway: GatewayName, port: number): string {
  return `${gateway.namespace}/${gateway.name}/${port}`;
}
