import type { Claim } from '../../../kinds/derived/attached-policies.ts';
import { compareText } from '../../attach/compare-text.ts';
import type { PolicyName } from '../../../units/plugin-chain.ts';
import type { FoundPolicy } from './find-policies.ts';
import type { TargetObject } from './target-object.ts';

/** The oldest policy of a kind and section wins, then the first by name: https://gateway-api.sigs.k8s.io/geps/gep-713/ */
export function claims(
  object: TargetObject,
  policies: readonly FoundPolicy[],
): { readonly policy: FoundPolicy; readonly claims: readonly Claim[] }[] {
  const taken = new Map<string, string>();
  return policies
    .toSorted((a, b) => compareText(a.kind, b.kind) || byAge(a, b))
    .map((policy) => {
      const name = `${policy.namespace}/${policy.name}`;
      const found = policy.targets.map(({ path, sectionName }): Claim => {
        if (sectionName !== undefined && !object.sections.includes(sectionName))
          return { sectionName, path, verdict: 'noSection' };
        const section = `${policy.kind}/${sectionName ?? ''}`;
        const by = taken.get(section) ?? name;
        taken.set(section, by);
        if (by !== name) return { sectionName, path, verdict: 'conflicted', by };
        return { sectionName, path, verdict: 'inForce' };
      });
      return { policy, claims: found };
    });
}

interface Aged extends PolicyName {
  readonly row: { readonly metadata: { readonly creationTimestamp: string } };
}

/** Sorts older policies first, then by name. One from a file has no age and is the oldest. */
export function byAge(a: Aged, b: Aged): number {
  return (
    compareText(a.row.metadata.creationTimestamp, b.row.metadata.creationTimestamp) ||
    compareText(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`)
  );
}
