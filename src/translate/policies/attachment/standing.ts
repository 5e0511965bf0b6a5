import { policiesBelow, type OnParent } from '../../../kinds/indexes.ts';
import type { PolicyKindName } from '../../../kinds/target-kind.ts';
import { resourceKey, splitResourceKey, type IndexKey, type ResourceKey } from '../../../lib/key.ts';
import { attachedPoliciesKey, splitAttachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import { compareText } from '../../attach/compare-text.ts';
import { condition, type Condition } from '../../conditions.ts';
import type { Reader } from '../../reader.ts';
import type { Ancestor, AncestorRef, PlacedClaim } from './ancestors.ts';
import { mostSpecific } from './effective.ts';
import { isInForceSomewhere, readGatewayPolicies } from './in-force.ts';
import { objectText, sectionOf } from './policy-status.ts';

export function standingKeys(kind: PolicyKindName, ancestors: readonly Ancestor[]) {
  return ancestors.flatMap((ancestor) => [
    attachedPoliciesKey(ancestor.ref.namespace, ancestor.ref.name, gatewayKey(ancestor.ref)),
    ...indexesOf(kind, ancestor, 'overrides'),
    ...indexesOf(kind, ancestor, 'merges'),
  ]);
}

/** Makes `Overridden` and `Merged`. Costs O(routes of the Gateway with such a policy); reads only their names. */
export function standing(
  reader: Reader,
  kind: PolicyKindName,
  ancestor: Ancestor,
  generation: number,
  merges: boolean,
): Condition[] {
  if (!ancestor.claims.some(({ verdict }) => verdict === 'inForce')) return [];
  const overriders = [...sectionsWithin(ancestor), ...routesBelow(reader, kind, ancestor, 'overrides')];
  const parents = merges ? parentsOf(reader, kind, ancestor) : [];
  const children = routesBelow(reader, kind, ancestor, 'merges');
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

/** Lists routes with a policy of the kind, below a Gateway or listener that has this one. */
function routesBelow(reader: Reader, kind: PolicyKindName, ancestor: Ancestor, how: OnParent): string[] {
  const keys = indexesOf(kind, ancestor, how).flatMap((index) => reader.index(index));
  return keys.map((key) => objectText(splitAttachedPoliciesKey(key).target));
}

function indexesOf(kind: PolicyKindName, { ref, claims }: Ancestor, how: OnParent): IndexKey[] {
  if (!claims.some((claim) => claim.verdict === 'inForce' && isOfGateway(claim))) return [];
  const gateway = `${ref.namespace}/${ref.name}`;
  const listeners = ref.sectionName === undefined ? [undefined] : [ref.sectionName, ''];
  return listeners.map((listener) => policiesBelow(kind, gateway, listener, how));
}

function isOfGateway({ object }: PlacedClaim): boolean {
  return splitResourceKey(object).kind === 'Gateway';
}

/** Lists the policies that supply parts which a policy of routes lacks. */
function parentsOf(reader: Reader, kind: PolicyKindName, { ref }: Ancestor): string[] {
  const ofGateway = readGatewayPolicies(reader, ref);
  const found =
    ref.sectionName === undefined
      ? ofGateway.filter((policy) => policy.kind === kind && isInForceSomewhere(policy))
      : [mostSpecific(ofGateway, kind, ref.sectionName)].flatMap((policy) => policy ?? []);
  return found.map(({ namespace, name }) => `${namespace}/${name}`);
}

function gatewayKey({ namespace, name }: AncestorRef): ResourceKey {
  return resourceKey('Gateway', namespace, name);
}

/** Enough names to find them, in a message of bounded length. */
const maxListed = 8;

function listed(names: readonly string[]): string {
  const all = [...new Set(names)].sort(compareText);
  const rest = all.length > maxListed ? ` and ${all.length - maxListed} more` : '';
  return `${all.slice(0, maxListed).join(', ')}${rest}`;
}
