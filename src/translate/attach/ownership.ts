import { resourceKey, type ReadKey } from '../../lib/key.ts';
import {
  effectiveListenersKey,
  type EffectiveListenersRow,
} from '../../kinds/derived/effective-listeners.ts';
import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { setting, type Reader } from '../reader.ts';
import { mostSpecific } from '../listeners/conflicts.ts';
import { isServed, type ServedListener } from '../listeners/listener.ts';

/** A Gateway whose class names this controller, as far as its listeners and routes need it. */
export interface OurGateway extends EffectiveListenersRow {
  readonly namespace: string;
  readonly name: string;
  readonly served: readonly ServedListener[];
  /** The served ones, by port and hostname. */
  readonly ports: ReadonlyMap<number, ReadonlyMap<string, ServedListener>>;
}

/** The same with all that its spec says, for what reports on it and runs its proxies. */
export interface WholeGateway extends OurGateway {
  readonly row: GatewayRow;
}

/** The Gateway, or undefined when there is none or it belongs to another controller. */
export function readOurGateway(reader: Reader, namespace: string, name: string): OurGateway | undefined {
  reader.expect([effectiveListenersKey(namespace, name)]);
  const row = reader.row('EffectiveListeners', namespace, name);
  return row === undefined ? undefined : { ...row, namespace, name, ...servedBy(row) };
}

type Served = Pick<OurGateway, 'served' | 'ports'>;

/** By row, as a batch decodes a row once for all its units: the domains of a Gateway are as many as its listeners. */
const known = new WeakMap<EffectiveListenersRow, Served>();

function servedBy(row: EffectiveListenersRow): Served {
  const before = known.get(row);
  if (before !== undefined) return before;
  const served = row.listeners.filter(isServed);
  const ports = new Map<number, Map<string, ServedListener>>();
  for (const state of served) {
    const { port } = state.listener;
    ports.set(port, (ports.get(port) ?? new Map<string, ServedListener>()).set(state.hostname, state));
  }
  const found = { served, ports };
  known.set(row, found);
  return found;
}

/** What {@link readWholeGateway} reads. */
export function wholeGatewayKeys(namespace: string, name: string): ReadKey[] {
  return [
    settingKey('controllerName'),
    settingKey('managedProxies'),
    effectiveListenersKey(namespace, name),
    resourceKey('Gateway', namespace, name),
  ];
}

export function readWholeGateway(reader: Reader, namespace: string, name: string): WholeGateway | undefined {
  reader.expect(wholeGatewayKeys(namespace, name));
  const row = reader.row('Gateway', namespace, name);
  const gateway = readOurGateway(reader, namespace, name);
  return row === undefined || gateway === undefined ? undefined : { ...gateway, row };
}

/** The row of a Gateway whose class names this controller, for the unit that says so to all others. */
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

/** Whether Sluice runs the proxies. */
export function isManaged(reader: Reader): boolean {
  return setting(reader, 'managedProxies') === true;
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
