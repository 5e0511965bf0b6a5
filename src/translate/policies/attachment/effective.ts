import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { RowTypes } from '../../../kinds/kinds.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { PolicyKindName } from '../../../kinds/target-kind.ts';
import { resourceKey, type ReadKey, type ResourceKey } from '../../../lib/key.ts';
import type { Reader } from '../../reader.ts';
import { isInForce, type Attached, type ObjectName } from './in-force.ts';

/** A kind of policy that Sluice has: what one says, and what two say together. */
export interface PolicyKind<K extends PolicyKindName, E> {
  readonly kind: K;
  readonly alone: (policy: PolicyAt<K>) => E;
  /** Called for a policy that asks for it, with the one that it would else take the place of. */
  readonly merge: (parent: PolicyAt<K>, own: PolicyAt<K>) => E;
}

export interface PolicyAt<K extends PolicyKindName> extends ObjectName {
  readonly row: RowTypes[K];
}

/** A place of requests: a listener of a Gateway, or a rule of a route to which they have come by it. */
export type Place =
  | { readonly at: 'listener'; readonly listener: string }
  | { readonly at: 'rule'; readonly listener: string; readonly rule: string | undefined };

/** The result of the policies at a place. */
export interface Resolved<E> {
  readonly value: E;
  /** The policies that say so, the more specific one first. */
  readonly from: readonly ObjectName[];
  /** Parts of them that cannot be read, and so must be taken for the strictest that could stand there. */
  readonly problems: readonly Problem[];
}

/**
 * The policy of a kind at a place; undefined: there is none. The most specific one decides alone: that of the rule, of the
 * route, of the listener, of the Gateway. One that merges has the listener's, or else the Gateway's, for its parent.
 */
export function effective<K extends PolicyKindName, E>(
  reader: Reader,
  { kind, alone, merge }: PolicyKind<K, E>,
  { ofGateway, ofRoute }: Attached,
  place: Place,
): Resolved<E> | undefined {
  const above = mostSpecific(ofGateway, kind, place.listener);
  const own = place.at === 'rule' ? mostSpecific(ofRoute, kind, place.rule) : undefined;
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

/** The rows that {@link effective} may read, for one round. */
export function effectiveKeys(kind: PolicyKindName, { ofGateway, ofRoute }: Attached): ReadKey[] {
  return [...ofGateway, ...ofRoute].filter((policy) => policy.kind === kind).map(policyKey);
}

/** Finds the policy of the section, or else that of the whole object. */
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
