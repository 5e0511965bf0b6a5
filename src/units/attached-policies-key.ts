import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectName } from './unit-def.ts';

/** Key of the row that holds the policies of `target` at the Gateway; see `kinds/derived/attached-policies.ts`. */
export function attachedPoliciesKey(namespace: string, gateway: string, target: ResourceKey): ResourceKey {
  return resourceKey('AttachedPolicies', namespace, `${gateway}/${target}`);
}

export function splitAttachedPoliciesKey(key: ResourceKey): {
  readonly namespace: string;
  readonly gateway: string;
  readonly target: ResourceKey;
} {
  const [, namespace = '', gateway = '', ...target] = key.split('/');
  return { namespace, gateway, target: target.join('/') as ResourceKey };
}

/** Returns the key of the policies of a Gateway itself. */
export function gatewayPoliciesKey({ namespace, name }: ObjectName): ResourceKey {
  return attachedPoliciesKey(namespace, name, resourceKey('Gateway', namespace, name));
}

/** Returns the keys of the rows that a route at a Gateway depends on, which it reaches by `sets` and directly. */
export function attachedPoliciesKeys(
  { namespace, name }: ObjectName,
  route: ResourceKey,
  sets: readonly ObjectName[] = [],
): ResourceKey[] {
  const above = sets.map((set) => resourceKey('ListenerSet', set.namespace, set.name));
  return [resourceKey('Gateway', namespace, name), ...above, route].map((target) =>
    attachedPoliciesKey(namespace, name, target),
  );
}
