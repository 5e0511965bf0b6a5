import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectName, TransportPort } from './unit-def.ts';

/* Keys of the rows that the unit EffectiveListeners makes; see `kinds/derived/effective-listeners.ts`. */

export function ourGatewayKey(namespace: string, gateway: string): ResourceKey {
  return resourceKey('OurGateway', namespace, gateway);
}

export function effectiveListenersKey(namespace: string, gateway: string): ResourceKey {
  return resourceKey('EffectiveListeners', namespace, gateway);
}

/**
 * `listener`: its name, or its position when names are not unique. `set`: the ListenerSet that has it; undefined: the
 * Gateway.
 */
export function effectiveListenerKey(
  namespace: string,
  gateway: string,
  listener: string | number,
  set?: ObjectName,
): ResourceKey {
  const name = typeof listener === 'number' ? `#${listener}` : listener;
  const owner = set === undefined ? gateway : `${gateway}/${set.namespace}/${set.name}`;
  return resourceKey('EffectiveListener', namespace, `${owner}/${name}`);
}

export function effectiveListenerSetKey(namespace: string, gateway: string, set: ObjectName): ResourceKey {
  return resourceKey('EffectiveListenerSet', namespace, `${gateway}/${set.namespace}/${set.name}`);
}

export function effectivePortKey(namespace: string, gateway: string, at: TransportPort): ResourceKey {
  return resourceKey('EffectivePort', namespace, effectivePortName(gateway, at));
}

export function effectivePortName(gateway: string, { transport, port }: TransportPort): string {
  return `${gateway}/${transport}/${port}`;
}

export function portNamesKey(namespace: string, gateway: string, at: TransportPort): ResourceKey {
  return resourceKey('PortNames', namespace, effectivePortName(gateway, at));
}

export function clientValidationKey(namespace: string, gateway: string, scope: string): ResourceKey {
  return resourceKey('ClientValidation', namespace, `${gateway}/${scope}`);
}
