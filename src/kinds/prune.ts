import { record } from './identity.ts';
import type { Problem } from './row.ts';

/**
 * A user's object without the fields that are null, which is how the API server reads them: absent, so that the
 * default holds. `creationTimestamp: null` and `hostnames:` with nothing after it are both common.
 *
 * The object itself is left as it is; only maps that lose something are copied.
 */
export function prune(
  manifest: unknown,
):
  | { readonly kind: 'ok'; readonly object: Readonly<Record<string, unknown>> }
  | { readonly kind: 'invalid'; readonly problem: Problem } {
  const object = record(manifest);
  if (object === undefined) return invalid('must be a Kubernetes object');
  const pruned = record(withoutNulls(object, 0));
  return pruned === undefined
    ? invalid(`must not be nested more than ${maxDepth} deep`)
    : { kind: 'ok', object: pruned };
}

/** No object that we follow comes near it; keeps a hostile one from exhausting the stack. */
const maxDepth = 64;

const tooDeep = Symbol('nested too deeply');

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

function invalid(message: string) {
  return { kind: 'invalid', problem: { path: '', message } } as const;
}
