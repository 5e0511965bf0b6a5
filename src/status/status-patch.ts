import { isDeepStrictEqual } from 'node:util';
import { statusManager, type ObservedStatus } from '../kinds/observed-status.ts';
import { kindOf } from '../kinds/followed-kinds.ts';
import type { MergeRule, StatusDef } from '../kinds/status-def.ts';
import { mergeConditions, newestGeneration, type Condition } from './merge-conditions.ts';
import { asObject, asObjects, type JsonObject } from './json-object.ts';
import { mergeEntries, type MergeContext } from './merge-entries.ts';

/** JSON merge patch of the status subresource, which only the observed version of the object accepts. */
export interface StatusPatch {
  readonly metadata: { readonly resourceVersion: string };
  /** Changed fields; null removes one. */
  readonly status: Readonly<Record<string, unknown>>;
}

/**
 * Returns the patch that makes the observed status the wanted one; undefined: nothing to write. `wanted` is undefined
 * for an object that Sluice does not serve, or no longer: a route loses Sluice's entries, and a Gateway waits for its
 * controller again if only Sluice has written its status.
 *
 * Changes only Sluice's fields, see `StatusDef`. `lastTransitionTime` stays while a condition's status stays. A
 * status for an older spec never replaces one for a newer spec.
 */
export function statusPatch(
  kind: string,
  wanted: unknown,
  observed: ObservedStatus,
  { controllerName, now }: Omit<MergeContext, 'generation'>,
): StatusPatch | undefined {
  const def = kindOf(kind)?.status;
  if (def === undefined) return undefined;
  const was = observed.status === undefined ? {} : asObject(JSON.parse(observed.status));
  const isLeft = wanted === undefined && observed.writer === statusManager(controllerName);
  const is = isLeft ? waiting(def) : asObject(wanted);
  const context = { controllerName, now, generation: observed.generation };
  if (!isLeft && isOutdated(is, was, observed.generation)) return undefined;
  const status: Record<string, unknown> = {};
  for (const [field, rule] of Object.entries(def.fields)) {
    const before = was[field];
    const after =
      rule === 'parents' || rule === 'ancestors'
        ? mergeEntries(references[rule], asObjects(is[field]), asObjects(before), context)
        : wanted === undefined && !isLeft
          ? before
          : merged(rule, is[field], before, context);
    if (isSame(before, rule === 'addresses' ? asKept(before, after) : after)) continue;
    status[field] = after ?? null;
  }
  if (Object.keys(status).length === 0) return undefined;
  return { metadata: { resourceVersion: observed.resourceVersion }, status };
}

/** Returns the conditions that the CRDs give a new object: https://gateway-api.sigs.k8s.io/reference/spec/ */
function waiting(def: StatusDef): JsonObject {
  return def.waiting === undefined ? {} : { conditions: def.waiting.map(waitingFor) };
}

function waitingFor(type: string): Condition {
  return { type, status: 'Unknown', reason: 'Pending', message: 'Waiting for controller' };
}

const references = { parents: 'parentRef', ancestors: 'ancestorRef' } as const;

function merged(
  rule: Exclude<MergeRule, keyof typeof references>,
  wanted: unknown,
  observed: unknown,
  { now }: MergeContext,
): unknown {
  if (rule === 'whole' || rule === 'addresses' || wanted === undefined) return wanted;
  if (rule === 'conditions') return mergeConditions(asObjects(wanted), asObjects(observed), now);
  const before = new Map(asObjects(observed).map((listener) => [listener['name'], listener]));
  return asObjects(wanted).map((listener) => {
    const conditions = before.get(listener['name'])?.['conditions'];
    return {
      ...listener,
      conditions: mergeConditions(asObjects(listener['conditions']), asObjects(conditions), now),
    };
  });
}

/** The CRD of the standard channel has no `routability`: the API server drops it, and writing it again would never end. */
function asKept(before: unknown, after: unknown): unknown {
  const kept = asObjects(before);
  if (kept.length === 0 || kept.some((address) => address['routability'] !== undefined)) return after;
  return asObjects(after).map((address) => ({ type: address['type'], value: address['value'] }));
}

/** Compares as the API server does, for which an empty list is none. */
function isSame(before: unknown, after: unknown): boolean {
  return (isNone(before) && isNone(after)) || isDeepStrictEqual(before, after);
}

function isNone(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Ignores a generation above the object's own, which belongs to a deleted object of the same name. */
function isOutdated(wanted: JsonObject, observed: JsonObject, generation: number): boolean {
  const seen = newestGeneration(ownConditions(wanted, asObjects(observed['conditions'])));
  return seen <= generation && newestGeneration(asObjects(wanted['conditions'])) < seen;
}

function ownConditions(wanted: JsonObject, conditions: readonly Condition[]): Condition[] {
  const types = new Set(asObjects(wanted['conditions']).map(({ type }) => type));
  return conditions.filter(({ type }) => types.has(type));
}

/** Writes milliseconds since 1970 as the API does, to the second. */
export function apiTime(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}
