/** Removes null fields, which the API server reads as absent. Copies only maps that lose something. */
export function prune(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const fields = Object.entries(object).flatMap(([name, field]): [string, unknown][] => {
    const pruned = withoutNulls(field, 1);
    return pruned === null ? [] : [[name, pruned]];
  });
  return Object.fromEntries(fields);
}

/** Bound that no followed object comes near; keeps a hostile one from exhausting the stack. */
const maxDepth = 64;

/** Replaces a field that is nested deeper; no schema accepts it. */
export const tooDeep = Symbol('nested too deeply');

function withoutNulls(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return tooDeep;
  return Array.isArray(value) ? listWithoutNulls(value, depth) : mapWithoutNulls(value, depth);
}

function listWithoutNulls(list: readonly unknown[], depth: number): unknown {
  let changed = false;
  const items: unknown[] = [];
  for (const item of list) {
    const pruned = withoutNulls(item, depth + 1);
    if (pruned === tooDeep) return tooDeep;
    changed ||= pruned !== item;
    items.push(pruned);
  }
  return changed ? items : list;
}

function mapWithoutNulls(map: object, depth: number): unknown {
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const [name, field] of Object.entries(map)) {
    const pruned = withoutNulls(field, depth + 1);
    if (pruned === tooDeep) return tooDeep;
    changed ||= pruned !== field || pruned === null;
    if (pruned !== null) entries.push([name, pruned]);
  }
  // `fromEntries` defines its fields, so that `__proto__` is a field like any other.
  return changed ? Object.fromEntries(entries) : map;
}
