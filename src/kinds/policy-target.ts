import { z } from 'zod';
import type { IndexKey } from '../lib/key.ts';
import { policiesNaming, policiesSelecting, selectorScope } from './indexes.ts';
import { groupName, kindName, labelSelector, objectName, type LabelSelector } from './shape/shape.ts';
import { targetGroups, type TargetKind } from './target-kind.ts';
import { readable, tolerant } from './tolerant.ts';
import type { Readable } from './unreadable.ts';

const gatewayGroup = 'gateway.networking.k8s.io';

/** A target of any kind: translation reports on one that is not supported. */
const targetReference = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName,
    name: objectName,
    /** A listener of a Gateway or ListenerSet, a rule of a route, a port of a Service. */
    sectionName: objectName.optional(),
  },
  { group: '', kind: '', name: '', sectionName: undefined },
).transform(ofNoKind);

const namespaces = z
  .object({
    from: z.enum(['Same', 'All', 'Selector']).default('Same'),
    selector: labelSelector.optional(),
  })
  .superRefine(({ from, selector }, context) => {
    if ((from === 'Selector') === (selector !== undefined)) return;
    const message = from === 'Selector' ? 'is required for Selector' : `must not be given for ${from}`;
    context.addIssue({ code: 'custom', path: ['selector'], message });
  });

const targetSelector = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName,
    ...labelSelector.shape,
    namespaces: namespaces.prefault({}),
  },
  { group: '', kind: '', matchLabels: [], matchExpressions: [], namespaces: { from: 'Same' } },
).transform(ofNoKind);

/** Removes the kind of an unreadable target: half a reference or selector would match other objects than meant. */
function ofNoKind<Target extends Readable & { readonly kind: string }>(target: Target): Target {
  return target.unreadable === undefined ? target : { ...target, kind: '' };
}

export type PolicyTarget = z.infer<typeof targetReference>;
export type TargetSelector = z.infer<typeof targetSelector>;

/** Fields of a policy's spec that name its targets; `targetRef` is the older form of one `targetRefs`. */
export const targetFields = {
  targetRef: targetReference.optional(),
  targetRefs: z.array(targetReference).max(16).default([]),
  targetSelectors: z.array(targetSelector).max(16).default([]),
};

export interface TargetsOfPolicy {
  readonly targetRef?: PolicyTarget | undefined;
  readonly targetRefs: readonly PolicyTarget[];
  readonly targetSelectors: readonly TargetSelector[];
}

export const targetFallbacks = {
  targetRef: undefined,
  targetRefs: readable(targetReference),
  targetSelectors: readable(targetSelector),
};

export function requireTarget(targets: TargetsOfPolicy, context: z.RefinementCtx): void {
  const { targetRef, targetRefs, targetSelectors } = targets;
  if (targetRef !== undefined || targetRefs.length + targetSelectors.length > 0) return;
  context.addIssue({ code: 'custom', path: ['targetRefs'], message: 'a policy needs a target' });
}

/** Only a policy of routes has one above it that it could merge with. */
export function refuseMergeAboveRoutes(
  { targetRef, targetRefs, targetSelectors, mergeType }: TargetsOfPolicy & { readonly mergeType?: unknown },
  context: z.RefinementCtx,
): void {
  const targets = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs, ...targetSelectors];
  if (mergeType === undefined || !targets.some(({ kind }) => kind === 'Gateway' || kind === 'ListenerSet'))
    return;
  context.addIssue({ code: 'custom', path: ['mergeType'], message: 'is for policies of routes alone' });
}

/**
 * Returns the indexes by which objects of these kinds find the policy. A selector is listed under its first requirement,
 * so that it costs only objects with that label; one that asks for the absence of a label costs all of them.
 */
export function targetIndexes(
  { targetRef, targetRefs, targetSelectors }: TargetsOfPolicy,
  kinds: readonly TargetKind[],
  namespace: string,
): IndexKey[] {
  const refs = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs];
  const kindsOf = ({ group, kind }: { readonly group: string; readonly kind: string }): TargetKind[] =>
    kinds.filter((candidate) => candidate === kind && targetGroups[candidate] === group);
  return [
    ...refs.flatMap((ref) => kindsOf(ref).map((kind) => policiesNaming(kind, namespace, ref.name))),
    ...targetSelectors.flatMap((selector) =>
      kindsOf(selector).flatMap((kind) =>
        requirements(selector, selector.namespaces.from === 'Same').map((requirement) =>
          policiesSelecting(kind, selectorScope(selector.namespaces.from, namespace), requirement),
        ),
      ),
    ),
  ];
}

/** Returns labels, one of which is on every selected object; with empty text: it may have none. */
function requirements({ matchLabels, matchExpressions }: LabelSelector, mayAskForKey: boolean): string[] {
  const [pair] = matchLabels;
  if (pair !== undefined) return [`${pair[0]}=${pair[1]}`];
  const oneOf = matchExpressions.find(({ operator }) => operator === 'In');
  if (oneOf !== undefined) return oneOf.values.map((value) => `${oneOf.key}=${value}`);
  const exists = mayAskForKey ? matchExpressions.find(({ operator }) => operator === 'Exists') : undefined;
  return [exists?.key ?? ''];
}
