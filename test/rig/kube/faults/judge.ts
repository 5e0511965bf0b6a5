import type { FaultedSluice } from './faulted-sluice.ts';
import { hostVersionOf, type Snapshot } from './published.ts';

/** Returns the received resources that are of none of these states: `lastGood` during the fault, any of `all` after it. */
export function judged(
  sluice: FaultedSluice,
  lastGood: readonly Snapshot[],
  all: readonly Snapshot[],
): string[] {
  return sluice.received.flatMap(({ resource, version, isDuringFault }) => {
    const states = isDuringFault ? lastGood : all;
    const when = isDuringFault ? 'during the fault' : 'after it';
    if (states.some((state) => state.get(resource) === version) || isBetween(version, resource, states))
      return [];
    return [`${when}: ${resource} ${version === undefined ? 'was taken' : 'came in a version of no state'}`];
  });
}

/** Rules wait one by one: a virtual host has the routes of all states, and each other route is of one of them. */
function isBetween(version: string | undefined, resource: string, states: readonly Snapshot[]): boolean {
  const host = version === undefined ? undefined : hostVersionOf(version);
  if (host === undefined) return false;
  const known = states.flatMap((state) => {
    const of = state.get(resource);
    return of === undefined ? [] : (hostVersionOf(of) ?? []);
  });
  const common = known.length < states.length ? [] : (known[0]?.routes ?? []);
  return (
    known.some(({ head }) => head === host.head) &&
    host.routes.every((route) => known.some(({ routes }) => routes.includes(route))) &&
    common.every(
      (route) => host.routes.includes(route) || known.some(({ routes }) => !routes.includes(route)),
    )
  );
}
