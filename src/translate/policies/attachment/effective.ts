import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { RowTypes } from '../../../kinds/kinds.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { PolicyKindName } from '../../../kinds/target-kind.ts';
import { resourceKey, type ReadKey, type ResourceKey } from '../../../lib/key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import { allPolicies, isInForce, type Attached } from './in-force.ts';
import { policiesAbove, type ListenerSection } from './listener-section.ts';

/** A supported kind of policy: the value of one, and of two that merge. */
export interface PolicyKind<K extends PolicyKindName, E> {
  readonly kind: K;
  readonly alone: (policy: PolicyAt<K>) => E;
  /** Called for a policy that merges, with the one that it would otherwise replace. */
  readonly merge: (parent: PolicyAt<K>, own: PolicyAt<K>) => E;
}

export interface PolicyAt<K extends PolicyKindName> extends ObjectName {
  readonly row: RowTypes[K];
}

/** A listener, or a rule of a route with the listener that its requests come by. */
export type Place =
  | { readonly at: 'listener'; readonly listener: ListenerSection }
  | { readonly at: 'rule'; readonly listener: ListenerSection; readonly rule: string | undefined };

export interface Resolved<E> {
  readonly value: E;
  /** Policies that the value is made of, the more specific one first. */
  readonly from: readonly ObjectName[];
  /** Unreadable parts of the policies. Each counts as the strictest setting that it could contain. */
  readonly problems: readonly Problem[];
}

/**
 * Returns the value of the most specific policy: of the rule, else the route, the listener, its ListenerSet, the Gateway;
 * undefined: none. It decides alone, unless it merges: then the policy that it would replace is its parent.
 */
export function effective<K extends PolicyKindName, E>(
  reader: Reader,
  { kind, alone, merge }: PolicyKind<K, E>,
  attached: Attached,
  place: Place,
): Resolved<E> | undefined {
  const above = policyAbove(attached, kind, place.listener);
  const own = place.at === 'rule' ? mostSpecific(attached.ofRoute, kind, place.rule) : undefined;
  const decides = own ?? above;
  if (decides === undefined) return undefined;
  const parent = own?.merges === true ? above : undefined;
  reader.expect([decides, ...(parent === undefined ? [] : [parent])].map(policyKey));
  const policy = readPolicy(reader, kind, decides);
  const over = parent === undefined ? undefined : readPolicy(reader, kind, parent);
  if (policy === undefined) return undefined;
  const from = over === undefined ? [policy] : [policy, over];
  return {
    value: over === undefined ? alone(policy) : merge(over, policy),
    from,
    problems: from.flatMap(({ row: { metadata, spec } }) => [
      ...(metadata.unreadable ?? []),
      ...(spec.unreadable ?? []),
    ]),
  };
}

/** Returns the most specific policy above the routes of a listener. */
export function policyAbove(
  attached: Pick<Attached, 'ofGateway' | 'ofSets'>,
  kind: PolicyKindName,
  listener: ListenerSection,
): AttachedPolicy | undefined {
  return policiesAbove(attached, listener)
    .flatMap(({ policies, section }) => mostSpecific(policies, kind, section) ?? [])
    .at(0);
}

export function effectiveKeys(kind: PolicyKindName, attached: Attached): ReadKey[] {
  return allPolicies(attached)
    .filter((policy) => policy.kind === kind)
    .map(policyKey);
}

/** Returns the policy of the section, or else that of the whole object. */
export function mostSpecific(
  policies: readonly AttachedPolicy[],
  kind: PolicyKindName,
  section: string | undefined,
): AttachedPolicy | undefined {
  const found = policies.filter((policy) => policy.kind === kind && policy.service === undefined);
  const ofSection =
    section === undefined
      ? undefined
      : found.find(({ claims }) =>
          claims.some(({ verdict, sectionName }) => verdict === 'inForce' && sectionName === section),
        );
  return ofSection ?? found.find((policy) => isInForce(policy, undefined));
}

function policyKey({ kind, namespace, name }: AttachedPolicy): ResourceKey {
  return resourceKey(kind, namespace, name);
}

function readPolicy<K extends PolicyKindName>(
  reader: Reader,
  kind: K,
  { namespace, name }: ObjectName,
): PolicyAt<K> | undefined {
  const row = reader.row(kind, namespace, name);
  return row === undefined ? undefined : { namespace, name, row };
}
