import { resourceKey, splitResourceKey, type ResourceKey } from '../lib/key.ts';

declare const brand: unique symbol;

export type FleetKey = string & { readonly [brand]: 'FleetKey' };

/** Returns the fleet of a Gateway, given as `namespace/name`. */
export function fleetOf(gateway: string): FleetKey {
  return gateway as FleetKey;
}

export function gatewaysOf(fleet: FleetKey): readonly ResourceKey[] {
  const [namespace = '', name = ''] = fleet.split('/');
  return [resourceKey('Gateway', namespace, name)];
}

/** Returns `namespace/name` of a Gateway, given by its key. */
export function gatewayName(gateway: ResourceKey): string {
  const { namespace, name } = splitResourceKey(gateway);
  return `${namespace}/${name}`;
}

export function fleetNamed(text: string): FleetKey {
  return text as FleetKey;
}
