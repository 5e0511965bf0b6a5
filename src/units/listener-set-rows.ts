import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectName } from './unit-def.ts';

/* Keys of the rows by which routes of a ListenerSet find its Gateway. */

export function listenerSetGatewayKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('ListenerSetGateway', namespace, name);
}

export function listenerSetRouteKey({ namespace, name }: ObjectName, route: ResourceKey): ResourceKey {
  return resourceKey('ListenerSetRoute', namespace, `${name}/${route}`);
}
