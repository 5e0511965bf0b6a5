import { isDeepStrictEqual } from 'node:util';
import { asObject, asObjects, type JsonObject } from './json-object.ts';
import { newestGeneration, transitionsFrom } from './merge-conditions.ts';

export interface MergeContext {
  readonly controllerName: string;
  /** The observed generation of the object. */
  readonly generation: number;
  /** The time of what changes now, as the API writes times; see `apiTime`. */
  readonly now: string;
}

/** How many entries the API allows: https://gateway-api.sigs.k8s.io/reference/spec/ */
const maxEntries = { parentRef: 32, ancestorRef: 16 } as const;

/**
 * `parents[]` of a route, or `ancestors[]` of a policy, as it should be. An entry belongs to the controller that it names: those of others stay as they
 * are, each in its place. Ours are replaced as wholes, so that no condition outlives its reason.
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
  const seen = newestGeneration(before);
  // Made for a newer spec than what is wanted by now, by another replica; the report on that spec is on its way.
  if (observed !== undefined && seen <= generation && newestGeneration(conditions) < seen) return observed;
  return { ...wanted, conditions: transitionsFrom(before, conditions, now) };
}

/** With the API's defaults written out, which a server may have filled in or not. */
function comparableRef(reference: unknown): JsonObject {
  return { group: 'gateway.networking.k8s.io', kind: 'Gateway', ...asObject(reference) };
}
