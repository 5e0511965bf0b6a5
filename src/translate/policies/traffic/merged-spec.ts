import type { TrafficSpec } from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';

/** Lists whose items StrategicMerge joins by their `type`; any other list is replaced. */
const keyedLists: ReadonlySet<string> = new Set(['compression', 'compressor', 'httpUpgrade']);

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
  const joinsLists = own.mergeType === 'StrategicMerge';
  const base: TrafficSpec = { ...parent, unreadable: undefined };
  for (const [given, dropped] of alternatives) if (own[given] !== undefined) base[dropped] = undefined;
  const known = new Map<string, unknown>(Object.entries(base));
  const merged = Object.entries(own).map(([name, value]): [string, unknown] => [
    name,
    joinsLists && keyedLists.has(name) ? joinedLists(known.get(name), value) : joined(known.get(name), value),
  ]);
  // Both are of one schema, and joining keeps the shape of each field.
  return Object.assign(base, Object.fromEntries(merged));
}

function joined(base: unknown, patch: unknown): unknown {
  if (patch === undefined) return base;
  if (!isMap(base) || !isMap(patch)) return patch;
  const fields = Object.entries(patch).map(([name, value]): [string, unknown] => [
    name,
    joined(base[name], value),
  ]);
  return { ...base, ...Object.fromEntries(fields) };
}

function joinedLists(base: unknown, patch: unknown): unknown {
  if (!Array.isArray(base) || !Array.isArray(patch)) return patch ?? base;
  const own = new Map(patch.map((item: unknown) => [typeOf(item), item]));
  const known = new Set(base.map(typeOf));
  return [
    ...base.map((item: unknown) => joined(item, own.get(typeOf(item)))),
    ...patch.filter((item: unknown) => !known.has(typeOf(item))),
  ];
}

function typeOf(item: unknown): unknown {
  return isMap(item) ? item['type'] : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
