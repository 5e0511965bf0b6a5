import type { FaultedSluice } from './faulted-sluice.ts';
import { isUnitOf, type Snapshot } from './published.ts';

/**
 * What the proxy was told that is of none of the states that it may know of: `lastGood` as long as the fault lasted, and
 * any of `all` since.
 */
export function judged(
  sluice: FaultedSluice,
  lastGood: readonly Snapshot[],
  all: readonly Snapshot[],
): string[] {
  return sluice.told.flatMap(({ resource, units, isDuringFault }) => {
    const states = isDuringFault ? lastGood : all;
    const when = isDuringFault ? 'during the fault' : 'after it';
    const known = states.flatMap((state) => [...state.keys()].filter((unit) => isUnitOf(unit, resource)));
    return [...new Set([...known, ...units.keys()])].flatMap((unit) => {
      const version = units.get(unit);
      if (states.some((state) => state.get(unit) === version)) return [];
      return [`${when}: ${unit} ${version === undefined ? 'was taken' : 'came in a version of no state'}`];
    });
  });
}
