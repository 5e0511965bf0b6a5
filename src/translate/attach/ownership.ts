import { ourGatewayKey, effectiveListenersKey } from '../../units/listener-rows.ts';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import {
  type EffectiveListenersRow,
  type OurGatewayRow,
  type PortListener,
} from '../../kinds/derived/effective-listeners.ts';
import type { GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { setting, type Reader } from '../reader.ts';
import { isServed, type ServedListener } from '../listeners/listener.ts';

/** A Gateway whose class names this controller, as far as everything at it needs it. */
export interface OurGateway extends OurGatewayRow {
  readonly namespace: string;
  readonly name: string;
}

/** The same with its listeners and all that its spec says, for what reports on it and runs its proxies. */
export interface WholeGateway extends OurGateway, EffectiveListenersRow {
  readonly row: GatewayRow;
  readonly served: readonly ServedListener[];
  /** The served ones, by port and hostname. */
  readonly ports: ReadonlyMap<number, ReadonlyMap<string, ServedListener>>;
}

/** The Gateway, or undefined when there is none or it belongs to another controller. */
export function readOurGateway(reader: Reader, namespace: string, name: string): OurGateway | undefined {
  reader.expect([ourGatewayKey(namespace, name)]);
  const row = reader.row('OurGateway', namespace, name);
  return row === undefined ? undefined : { ...row, namespace, name };
}

/** Costs O(listeners). */
export function readWholeGateway(reader: Reader, namespace: string, name: string): WholeGateway | undefined {
  reader.expect(wholeGatewayKeys(namespace, name));
  const gateway = readOurGateway(reader, namespace, name);
  const row = reader.row('Gateway', namespace, name);
  const effective = reader.row('EffectiveListeners', namespace, name);
  if (gateway === undefined || row === undefined || effective === undefined) return undefined;
  const served = effective.listeners.filter(isServed);
  const ports = new Map<number, Map<string, ServedListener>>();
  for (const state of served) {
    const { port } = state.listener;
    ports.set(port, (ports.get(port) ?? new Map<string, ServedListener>()).set(state.hostname, state));
  }
  return { ...gateway, ...effective, row, served, ports };
}

/** Keys that {@link readWholeGateway} reads. */
export function wholeGatewayKeys(namespace: string, name: string): ReadKey[] {
  return [
    settingKey('controllerName'),
    settingKey('managedProxies'),
    ourGatewayKey(namespace, name),
    effectiveListenersKey(namespace, name),
    resourceKey('Gateway', namespace, name),
  ];
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

type GatewayName = Pick<OurGateway, 'namespace' | 'name'>;

/** A served listener, as far as Envoy tells it from others. */
export type ListenerPlace = Pick<PortListener, 'hostname' | 'protocol'> & {
  readonly listener: { readonly port: number };
};

/**
 * Name of the RouteConfiguration that a listener's connections use. HTTP listeners of one port share one, as only the
 * Host header tells them apart; each HTTPS listener has its own, chosen by server name.
 */
export function routeConfigurationName(
  gateway: GatewayName,
  { listener, hostname, protocol }: ListenerPlace,
): string {
  const port = listenerName(gateway, listener.port);
  return protocol === 'HTTP' ? port : `${port}/${hostname}`;
}

/** Name of the Envoy Listener of a Gateway's port. */
export function listenerName(gateway: GatewayName, port: number): string {
  return `${gateway.namespace}/${gateway.name}/${port}`;
}
