import { isDeepStrictEqual } from 'node:util';
import { asObject, asObjects, type JsonObject } from './json-object.ts';
import { isOwnCondition, mergeConditions, newestGeneration } from './merge-conditions.ts';

export interface MergeContext {
  readonly controllerName: string;
  readonly generation: number;
  readonly now: string;
}

/** Most entries that the API allows: https://gateway-api.sigs.k8s.io/reference/spec/ */
const maxEntries = { parentRef: 32, ancestorRef: 16 } as const;

/**
 * Merges `parents[]` of a route, or `ancestors[]` of a policy. Entries of other controllers stay in their places.
 * Conditions of other writers stay in Sluice's own entries.
 *
 * https://gateway-api.sigs.k8s.io/reference/spec/#routestatus: "Implementations MUST update only entries that have a
 * matching value of `controllerName`".
 */
export function mergeEntries(
  reference: keyof typeof maxEntries,
  wanted: readonly JsonObject[],
  observed: readonly JsonObject[],
  context: MergeContext,
): JsonObject[] {
  const left = [...wanted];
  const merged: JsonObject[] = [];
  for (const entry of observed) {
    if (entry['controllerName'] !== context.controllerName) {
      merged.push(entry);
      continue;
    }
    const ref = comparableRef(entry[reference]);
    const at = left.findIndex((candidate) => isDeepStrictEqual(comparableRef(candidate[reference]), ref));
    if (at >= 0) merged.push(...left.splice(at, 1).map((own) => mergeEntry(own, entry, context)));
  }
  const added = left.map((own) => mergeEntry(own, undefined, context));
  return [...merged, ...added].slice(0, Math.max(merged.length, maxEntries[reference]));
}

function mergeEntry(
  wanted: JsonObject,
  observed: JsonObject | undefined,
  { generation, now }: MergeContext,
): JsonObject {
  const before = asObjects(observed?.['conditions']);
  const conditions = asObjects(wanted['conditions']);
  const seen = newestGeneration(before.filter(isOwnCondition));
  // Another replica wrote it for a newer spec; the report on that spec is on its way here.
  if (observed !== undefined && seen <= generation && newestGeneration(conditions) < seen) return observed;
  return { ...wanted, conditions: mergeConditions(conditions, before, now) };
}

/** Fills in the API's defaults, as some servers do. */
function comparableRef(reference: unknown): JsonObject {
  return { group: 'gateway.networking.k8s.io', kind: 'Gateway', ...asObject(reference) };
}
