import { policiesBelow, type OnParent } from '../../../kinds/indexes.ts';
import type { PolicyKindName } from '../../../kinds/target-kind.ts';
import { resourceKey, splitResourceKey, type IndexKey, type ResourceKey } from '../../../lib/key.ts';
import { attachedPoliciesKey, splitAttachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { compareText } from '../../attach/compare-text.ts';
import { condition, type Condition } from '../../conditions.ts';
import type { Reader } from '../../reader.ts';
import type { Ancestor, PlacedClaim } from './ancestors.ts';
import { mostSpecific } from './effective.ts';
import { isInForceSomewhere, readParentPolicies } from './in-force.ts';
import { objectText, sectionOf } from './policy-status.ts';

export function standingKeys(kind: PolicyKindName, ancestors: readonly Ancestor[]) {
  return ancestors.flatMap((ancestor) => [
    ...attachedKeys(ancestor),
    ...indexesOf(kind, ancestor, 'overrides'),
    ...indexesOf(kind, ancestor, 'merges'),
  ]);
}

/** Makes `Overridden` and `Merged`. Costs O(routes and ListenerSets below with such a policy); reads only their names. */
export function standing(
  reader: Reader,
  kind: PolicyKindName,
  ancestor: Ancestor,
  generation: number,
  merges: boolean,
): Condition[] {
  if (!ancestor.claims.some(({ verdict }) => verdict === 'inForce')) return [];
  const overriders = [...sectionsWithin(ancestor), ...objectsBelow(reader, kind, ancestor, 'overrides')];
  const parents = merges ? parentsOf(reader, kind, ancestor) : [];
  const children = objectsBelow(reader, kind, ancestor, 'merges');
  const merged = [
    ...(parents.length === 0
      ? []
      : [`merged with ${listed(parents)}, as routes come by its Gateway or listener`]),
    ...(children.length === 0 ? [] : [`merged into the policies of ${listed(children)}`]),
  ];
  return [
    ...(overriders.length === 0
      ? []
      : [
          condition(
            'Overridden',
            'True',
            generation,
            'Overridden',
            `not in force at ${listed(overriders)}, with policies of their own`,
          ),
        ]),
    ...(merged.length === 0 ? [] : [condition('Merged', 'True', generation, 'Merged', merged.join('; '))]),
  ];
}

function sectionsWithin({ claims }: Ancestor): string[] {
  return claims
    .filter(({ verdict }) => verdict === 'inForce')
    .flatMap(({ object, otherSections }) =>
      otherSections.map((section) => `${sectionOf(object)} ${section} of ${objectText(object)}`),
    );
}

/** Lists routes and ListenerSets with a policy of the kind, below what has this one. */
function objectsBelow(reader: Reader, kind: PolicyKindName, ancestor: Ancestor, how: OnParent): string[] {
  const keys = indexesOf(kind, ancestor, how).flatMap((index) => reader.index(index));
  return keys.map((key) => objectText(splitAttachedPoliciesKey(key).target));
}

function indexesOf(kind: PolicyKindName, { ref, parent, claims }: Ancestor, how: OnParent): IndexKey[] {
  if (!claims.some((claim) => claim.verdict === 'inForce' && hasListeners(claim))) return [];
  const listeners = ref.sectionName === undefined ? [undefined] : [ref.sectionName, ''];
  return listeners.map((listener) => policiesBelow(kind, parent, listener, how));
}

function hasListeners({ object }: PlacedClaim): boolean {
  return ['Gateway', 'ListenerSet'].includes(splitResourceKey(object).kind);
}

/** Lists the policies that supply parts which a policy of routes lacks. */
function parentsOf(
  reader: Reader,
  kind: PolicyKindName,
  { ref: { sectionName }, parent }: Ancestor,
): string[] {
  const own = readParentPolicies(reader, parent);
  const { namespace, name, set } = parent;
  const isForAll = set === undefined || mostSpecific(own, kind, sectionName) !== undefined;
  const ofGateway = isForAll ? undefined : readParentPolicies(reader, { namespace, name });
  const found = [
    ...(sectionName === undefined
      ? own.filter((policy) => policy.kind === kind && isInForceSomewhere(policy))
      : asList(mostSpecific(own, kind, sectionName))),
    ...asList(ofGateway && mostSpecific(ofGateway, kind, undefined)),
  ];
  return found.map((policy) => `${policy.namespace}/${policy.name}`);
}

function asList(policy: AttachedPolicy | undefined): AttachedPolicy[] {
  return policy === undefined ? [] : [policy];
}

function attachedKeys({ parent: { namespace, name, set } }: Ancestor): ResourceKey[] {
  const objects = [
    resourceKey('Gateway', namespace, name),
    ...(set === undefined ? [] : [resourceKey('ListenerSet', set.namespace, set.name)]),
  ];
  return objects.map((object) => attachedPoliciesKey(namespace, name, object));
}

/** Enough names to find them, in a message of bounded length. */
const maxListed = 8;

function listed(names: readonly string[]): string {
  const all = [...new Set(names)].sort(compareText);
  const rest = all.length > maxListed ? ` and ${all.length - maxListed} more` : '';
  return `${all.slice(0, maxListed).join(', ')}${rest}`;
}
