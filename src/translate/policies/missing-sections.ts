import type { ExtensionPolicyRow, PolicyTarget } from '../../kinds/envoy-gateway/extension-policy.ts';
import type { Problem } from '../../kinds/row.ts';
import { isParent } from '../attach/attachment.ts';
import type { OurGateway } from '../attach/ownership.ts';
import type { Reader } from '../reader.ts';

/** The sections that a policy names and that its targets at one Gateway do not have. */
export interface MissingSections {
  readonly problems: readonly Problem[];
  /** The policy has no other target there, so it is in force nowhere. */
  readonly isAll: boolean;
}

/** A section is a listener of a Gateway, or a named rule of an HTTPRoute. Costs O(targets and their sections). */
export function missingSections(
  reader: Reader,
  namespace: string,
  { spec: { targetRefs, targetSelectors } }: ExtensionPolicyRow,
  gateway: OurGateway,
): MissingSections {
  const problems: Problem[] = [];
  let others = targetSelectors.length;
  for (const [i, target] of targetRefs.entries()) {
    const sections = sectionsAt(reader, namespace, target, gateway);
    if (sections === undefined) continue;
    const { sectionName, kind, name } = target;
    if (sectionName === undefined || sections.includes(sectionName)) others++;
    else {
      const section = kind === 'Gateway' ? 'listener' : 'rule';
      const message = `${kind} ${namespace}/${name} has no ${section} of this name`;
      problems.push({ path: `spec.targetRefs[${i}].sectionName`, message });
    }
  }
  return { problems, isAll: problems.length > 0 && others === 0 };
}

/** Names of the target's sections; undefined for a target that is not there, or has nothing to do with the Gateway. */
function sectionsAt(
  reader: Reader,
  namespace: string,
  { kind, name }: PolicyTarget,
  gateway: OurGateway,
): readonly (string | undefined)[] | undefined {
  if (kind === 'Gateway') {
    const isTarget = gateway.namespace === namespace && gateway.name === name;
    return isTarget ? gateway.listeners.map(({ listener }) => listener.name) : undefined;
  }
  const route = kind === 'HTTPRoute' ? reader.row('HTTPRoute', namespace, name)?.spec : undefined;
  if (route?.parentRefs.some((ref) => isParent(gateway, ref, namespace)) !== true) return undefined;
  return route.rules.map((rule) => rule.name);
}
