import { resourceKey, type ResourceKey } from '../lib/key.ts';

declare const brand: unique symbol;

/** A set of proxies that all have the same config: `node.cluster` of each of them, and the name in their certificates. */
export type FleetKey = string & { readonly [brand]: 'FleetKey' };

/** The fleet that serves a Gateway, which is `namespace/name`: one of its own. */
export function fleetOf(gateway: string): FleetKey {
  return gateway as FleetKey;
}

/** The Gateways that a fleet serves. */
export function gatewaysOf(fleet: FleetKey): readonly ResourceKey[] {
  const [namespace = '', name = ''] = fleet.split('/');
  return [resourceKey('Gateway', namespace, name)];
}

/** The fleet that a proxy says to belong to; there may be no such fleet. */
export function fleetNamed(text: string): FleetKey {
  return text as FleetKey;
}
