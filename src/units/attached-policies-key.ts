import { resourceKey, type ResourceKey } from '../lib/key.ts';

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

/** Returns the keys of both rows that a route at a Gateway depends on. */
export function attachedPoliciesKeys(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  route: ResourceKey,
): ResourceKey[] {
  return [resourceKey('Gateway', namespace, name), route].map((target) =>
    attachedPoliciesKey(namespace, name, target),
  );
}
