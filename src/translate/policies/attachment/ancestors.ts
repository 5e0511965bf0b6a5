import type { AttachedPolicy, Claim, ParentSection } from '../../../kinds/derived/attached-policies.ts';
import { splitAttachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import { placesOfPolicy, type ListenerParent } from '../../../kinds/indexes.ts';
import { resourceKey, splitResourceKey, type ResourceKey } from '../../../lib/key.ts';
import type { PolicyKindName } from '../../../kinds/target-kind.ts';
import { sourceOf } from '../../../units/cluster-name.ts';
import { compareText } from '../../attach/compare-text.ts';
import type { Reader } from '../../reader.ts';

export interface Ancestor {
  readonly ref: AncestorRef;
  /** The Gateway or ListenerSet that `ref` names, with the Gateway of the ListenerSet. */
  readonly parent: ListenerParent;
  /** Claims at all objects of the policy that have this ancestor. */
  readonly claims: readonly PlacedClaim[];
}

export interface AncestorRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export interface PlacedClaim extends Claim {
  readonly object: ResourceKey;
  readonly effect: AttachedPolicy['effect'];
  /** True when the proxy answers requests of the object itself, as far as the object says so. */
  readonly isAnswered: boolean;
  /** Sections of the object that have their own policy of the kind. */
  readonly otherSections: readonly string[];
}

/**
 * Returns the ancestors of a policy, by name: a Gateway or ListenerSet that it names, with the section; for a route, each
 * reference to a parent; for a Service, the Gateways where it is used. Costs O(places of the policy), in two rounds.
 */
export function ancestorsOf(
  reader: Reader,
  kind: PolicyKindName,
  namespace: string,
  name: string,
): readonly Ancestor[] {
  const keys = reader.index(placesOfPolicy(resourceKey(kind, namespace, name)));
  reader.expect(keys);
  const found = new Map<string, Omit<Ancestor, 'claims'> & { readonly claims: PlacedClaim[] }>();
  for (const key of keys) {
    const { namespace: home, gateway, target } = splitAttachedPoliciesKey(key);
    const row = reader.row('AttachedPolicies', home, `${gateway}/${target}`);
    for (const policy of row?.policies ?? []) {
      if (policy.kind !== kind || policy.namespace !== namespace || policy.name !== name) continue;
      for (const claim of policy.claims) {
        for (const section of sectionsOf(policy, claim, target, row?.parents ?? [])) {
          const parent = { namespace: home, name: gateway, set: section.set };
          const ref = ancestorRef(parent, section);
          const text = JSON.stringify(ref);
          const ancestor = found.get(text) ?? { ref, parent, claims: [] };
          ancestor.claims.push({
            ...claim,
            object: objectOf(policy, target),
            effect: policy.effect,
            isAnswered: row?.isAnswered === true,
            otherSections: claim.sectionName === undefined ? otherSections(row?.policies ?? [], policy) : [],
          });
          found.set(text, ancestor);
        }
      }
    }
  }
  return [...found].sort(([a], [b]) => compareText(a, b)).map(([, ancestor]) => ancestor);
}

function sectionsOf(
  { service }: AttachedPolicy,
  { sectionName }: Claim,
  target: ResourceKey,
  parents: readonly ParentSection[],
): readonly ParentSection[] {
  if (service !== undefined) return [{}];
  const { kind, namespace, name } = splitResourceKey(target);
  if (kind === 'Gateway') return [{ sectionName }];
  return kind === 'ListenerSet' ? [{ set: { namespace, name }, sectionName }] : parents;
}

function ancestorRef(parent: ListenerParent, { sectionName, port }: ParentSection): AncestorRef {
  const { namespace, name } = parent.set ?? parent;
  return {
    group: 'gateway.networking.k8s.io',
    kind: parent.set === undefined ? 'Gateway' : 'ListenerSet',
    namespace,
    name,
    ...(sectionName === undefined ? {} : { sectionName }),
    ...(port === undefined ? {} : { port }),
  };
}

function objectOf({ service }: AttachedPolicy, target: ResourceKey): ResourceKey {
  if (service === undefined) return target;
  const [namespace = '', name = ''] = service.split('/');
  return sourceOf({ namespace, service: name });
}

function otherSections(all: readonly AttachedPolicy[], of: AttachedPolicy): string[] {
  return all
    .filter((policy) => policy !== of && policy.kind === of.kind && policy.service === of.service)
    .flatMap(({ claims }) => claims.filter(({ verdict }) => verdict === 'inForce'))
    .flatMap(({ sectionName }) => sectionName ?? []);
}
