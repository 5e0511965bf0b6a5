import { gatewayGroup } from '../../../kinds/gateway-api/parent-ref.ts';
import type { TargetsOfPolicy } from '../../../kinds/policy-target.ts';
import type { Problem } from '../../../kinds/row.ts';
import { targetGroups, type TargetKind } from '../../../kinds/target-kind.ts';
import { describeUnreadable, unreadableParts, type Readable } from '../../../kinds/unreadable.ts';
import type { PlacedClaim } from './ancestors.ts';
import { missingSections, objectText } from './policy-status.ts';

/**
 * Lists targets where the policy is not in force, with the paths of their fields; empty: none. `kinds`: those that such a
 * policy may target.
 */
export function lostTargets(
  { targetRef, targetRefs, targetSelectors }: TargetsOfPolicy,
  claims: readonly PlacedClaim[],
  kinds: readonly TargetKind[],
): string {
  const problems = [
    ...missingSections(claims),
    ...conflicts(claims),
    ...unreadableParts({ targetRef, targetRefs, targetSelectors }, 'spec'),
    ...(targetRef === undefined ? [] : otherKinds([targetRef], kinds, () => 'spec.targetRef')),
    ...otherKinds(targetRefs, kinds, (i) => `spec.targetRefs[${i}]`),
    ...otherKinds(targetSelectors, kinds, (i) => `spec.targetSelectors[${i}]`),
  ];
  return problems.length === 0 ? '' : `, but not at all of its targets: ${describeUnreadable(problems)}`;
}

function conflicts(claims: readonly PlacedClaim[]): Problem[] {
  return claims.flatMap(({ path, object, by }) =>
    by === undefined ? [] : [{ path, message: `${objectText(object)} has the older policy ${by}` }],
  );
}

function otherKinds(
  targets: readonly (Readable & { readonly group: string; readonly kind: string })[],
  kinds: readonly TargetKind[],
  pathOf: (index: number) => string,
): Problem[] {
  return targets.flatMap(({ group, kind: of, unreadable }, i) => {
    if (unreadable !== undefined || kinds.some((kind) => kind === of && targetGroups[kind] === group))
      return [];
    const named = group === gatewayGroup ? of : `${group}/${of}`;
    const supported = kinds.length === 1 ? `only ${kinds.join()} is` : `${kinds.join(', ')} are`;
    return [{ path: `${pathOf(i)}.kind`, message: `${named} is not supported, ${supported}` }];
  });
}
