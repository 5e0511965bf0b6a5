import type { RowTypes } from '../kinds/kinds.ts';
import type { PolicyTarget } from '../kinds/policy-target.ts';
import type { ResourceKey } from '../lib/key.ts';
import { nearest } from '../lib/nearest.ts';
import { targetGroups, type TargetKind } from '../kinds/target-kind.ts';
import { nameOf, type Finding } from './finding.ts';
import type { Objects } from './silent-objects.ts';

/** A policy of any kind; BackendTLSPolicy has no `targetRef`. */
interface Policy {
  readonly spec: Partial<Pick<RowTypes['SecurityPolicy']['spec'], 'targetRef' | 'targetRefs'>>;
}

export function targetFindings(
  objects: Objects,
  { object, namespace }: { readonly object: ResourceKey; readonly namespace: string },
  { spec: { targetRef, targetRefs = [] } }: Policy,
): Finding[] {
  const placed: (readonly [path: string, target: PolicyTarget])[] = [
    ...(targetRef === undefined ? [] : [['spec.targetRef', targetRef] as const]),
    ...targetRefs.map((ref, index) => [`spec.targetRefs[${index}]`, ref] as const),
  ];
  return placed.flatMap(([path, { group, kind, name, unreadable }]): Finding[] => {
    if (unreadable !== undefined) return [];
    if (targetGroups[kind as TargetKind] !== group) {
      const message = `${kind} of ${group === '' ? 'core' : group} is no target: the policy has no effect there`;
      return [{ object, path: `${path}.kind`, message }];
    }
    if (objects.has(kind, namespace, name)) return [];
    const names = [...objects.names(kind)]
      .filter((id) => id.startsWith(`${namespace}/`))
      .map((id) => id.slice(namespace.length + 1));
    const meant = nearest(name, names);
    const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
    const message = `${nameOf(kind, namespace, name)} does not exist, so the policy has no effect there${hint}`;
    return [{ object, path: `${path}.name`, message }];
  });
}
