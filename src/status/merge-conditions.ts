import { ownConditionTypes } from '../kinds/condition-types.ts';
import type { JsonObject } from './json-object.ts';

export type Condition = JsonObject;

/**
 * Merges Sluice's wanted conditions with the observed ones of others, each in its place; new ones come last. Sluice's types
 * are removed when not wanted. Conditions of others stay as far as the API has room.
 */
export function mergeConditions(
  wanted: readonly Condition[],
  observed: readonly Condition[],
  now: string,
): Condition[] {
  const left = new Map(
    transitionsFrom(observed, wanted, now).map((condition) => [condition['type'], condition]),
  );
  const merged: Condition[] = [];
  let room = maxConditions - left.size;
  for (const condition of observed) {
    const { type } = condition;
    const own = left.get(type);
    left.delete(type);
    if (own !== undefined) merged.push(own);
    else if (!isOwnCondition(condition) && room-- > 0) merged.push(condition);
  }
  return [...merged, ...left.values()];
}

/** The API server refuses a status with more. */
const maxConditions = 8;

const ownTypes: ReadonlySet<unknown> = new Set(ownConditionTypes);

export function isOwnCondition({ type }: Condition): boolean {
  return ownTypes.has(type) || (typeof type === 'string' && type.startsWith('sluice.dev/'));
}

/** Adds `lastTransitionTime`: that of the observed condition of the type while its status is the same. */
function transitionsFrom(
  observed: readonly Condition[],
  wanted: readonly Condition[],
  now: string,
): Condition[] {
  const before = new Map(observed.map((condition) => [condition['type'], condition]));
  return wanted.map((condition) => {
    const same = before.get(condition['type']);
    const time = same?.['status'] === condition['status'] ? same?.['lastTransitionTime'] : undefined;
    return { ...condition, lastTransitionTime: time ?? now };
  });
}

/** Returns the newest observed generation of the conditions; 0 when there is none. */
export function newestGeneration(conditions: readonly Condition[]): number {
  return conditions.reduce((newest, { observedGeneration: generation }) => {
    return typeof generation === 'number' && generation > newest ? generation : newest;
  }, 0);
}
