import { condition, type Condition } from '../../conditions.ts';
import { compareText } from '../../attach/compare-text.ts';
import { splitResourceKey, type ResourceKey } from '../../../lib/key.ts';
import { isBytesRouteKind, isRouteKind } from '../../../kinds/route-kind.ts';
import type { Problem } from '../../../kinds/row.ts';
import { describeUnreadable } from '../../../kinds/unreadable.ts';
import type { Ancestor, AncestorRef, PlacedClaim } from './ancestors.ts';

export interface PolicyReport {
  readonly ancestors: readonly {
    readonly ancestorRef: AncestorRef;
    readonly controllerName: string;
    readonly conditions: readonly Condition[];
  }[];
}

/** Limit of the API, for the entries of all controllers together. */
const maxAncestors = 16;

/** Returns undefined when the policy has no ancestor of this controller. `conditionsAt` returns `Accepted` first. */
export function policyReport(
  ancestors: readonly Ancestor[],
  controllerName: string,
  generation: number,
  conditionsAt: (ancestor: Ancestor) => readonly Condition[],
): PolicyReport | undefined {
  if (ancestors.length === 0) return undefined;
  const entries = ancestors.map((ancestor) => ({
    ancestorRef: ancestor.ref,
    controllerName,
    conditions: conditionsAt(ancestor),
  }));
  if (entries.length <= maxAncestors) return { ancestors: entries };
  const kept = entries.toSorted((a, b) => rank(a.conditions) - rank(b.conditions)).slice(0, maxAncestors);
  const left = entries.length - kept.length;
  const message = `${left} more ancestors are left out, as a status holds ${maxAncestors}`;
  const aggregated = condition('Aggregated', 'True', generation, 'Aggregated', message);
  return {
    ancestors: kept.map((entry, i) =>
      i === maxAncestors - 1 ? { ...entry, conditions: [...entry.conditions, aggregated] } : entry,
    ),
  };
}

/** Ranks entries for when some must be dropped: faults stay first, then overridden policies. */
function rank(conditions: readonly Condition[]): number {
  if (conditions.some(({ type, status }) => type === 'Accepted' && status === 'False')) return 0;
  return conditions.some(({ type }) => type === 'Overridden') ? 1 : 2;
}

/** Returns the reason why none of the claims is in force; undefined: one is. */
export function refusal(
  claims: readonly PlacedClaim[],
): { readonly reason: 'TargetNotFound' | 'Conflicted'; readonly message: string } | undefined {
  if (claims.some(({ verdict }) => verdict === 'inForce')) return undefined;
  const others = claims.flatMap(({ by }) => by ?? []);
  if (others.length === 0)
    return { reason: 'TargetNotFound', message: describeUnreadable(missingSections(claims)) };
  const names = [...new Set(others)].sort(compareText).join(', ');
  return { reason: 'Conflicted', message: `an older policy has the same targets: ${names}` };
}

export function missingSections(claims: readonly PlacedClaim[]): Problem[] {
  const found = claims
    .filter(({ verdict }) => verdict === 'noSection')
    .map(({ path, object }): [string, string] => [
      `${path}.sectionName`,
      `${objectText(object)} has no ${sectionOf(object)} of this name`,
    ]);
  return [...new Map(found)].map(([path, message]) => ({ path, message }));
}

/** Says what clients get in the place of a policy with a fault. */
export function refusalOf(claims: readonly PlacedClaim[]): string {
  const isOfBytes = claims.every(({ object }) => isBytesRouteKind(splitResourceKey(object).kind));
  return isOfBytes ? 'connections of its routes are closed' : 'its routes answer 500';
}

/** Returns the word for a section of the object. */
export function sectionOf(object: ResourceKey): string {
  const { kind } = splitResourceKey(object);
  if (isRouteKind(kind)) return 'rule';
  return kind === 'Service' || kind === 'Backend' ? 'port' : 'listener';
}

export function objectText(object: ResourceKey): string {
  const { kind, namespace, name } = splitResourceKey(object);
  return `${kind} ${namespace}/${name}`;
}
