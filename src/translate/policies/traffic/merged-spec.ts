import type { TrafficSpec } from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import { mergedFields, type KeyedLists } from '../attachment/merged-fields.ts';

const keyedLists: KeyedLists = { compression: 'type', compressor: 'type', httpUpgrade: 'type' };

/** Two forms of one field: the policy that gives one drops the other of its parent. */
const alternatives = [
  ['compression', 'compressor'],
  ['compressor', 'compression'],
  ['requestBuffer', 'httpUpgrade'],
  ['httpUpgrade', 'requestBuffer'],
] as const;

/**
 * Applies a policy to its parent as a patch: maps are joined field by field, and what the policy gives wins. A default of
 * the CRD counts as given, as the API server writes it into the object.
 */
export function mergedSpec(parent: TrafficSpec, own: TrafficSpec): TrafficSpec {
  const base: TrafficSpec = { ...parent, unreadable: undefined };
  for (const [given, dropped] of alternatives) if (own[given] !== undefined) base[dropped] = undefined;
  const keyed = own.mergeType === 'StrategicMerge' ? keyedLists : {};
  // Both are of one schema, and joining keeps the shape of each field.
  return mergedFields(base, own, keyed) as TrafficSpec;
}
