import type { ObjectName } from '../../units/unit-def.ts';
import type { PolicyKindName } from '../target-kind.ts';

/** Policies at a Gateway, one of its ListenerSets or routes. Absent: there are none, or another controller has the Gateway. */
export interface AttachedPoliciesRow {
  /** The route's references to the Gateway. */
  readonly parents: readonly ParentSection[];
  /** List sorted by kind, then by precedence. */
  readonly policies: readonly AttachedPolicy[];
  /** True for a route with a rule without backends: the proxy answers its requests itself. */
  readonly isAnswered?: true | undefined;
  /** Set when translation fails, so that policies are unknown: the object serves no requests. */
  readonly isUnknown?: true | undefined;
}

/** Stands in for the policies of an object that Sluice fails to find. */
export const unknownPolicies: AttachedPoliciesRow = { parents: [], policies: [], isUnknown: true };

export interface ParentSection {
  /** The ListenerSet that the reference names; undefined: the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly sectionName?: string | undefined;
  readonly port?: number | undefined;
}

export interface AttachedPolicy {
  readonly kind: PolicyKindName;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of the targeted Service or Backend, as clusters name it, which the row's object, or a policy of it, uses. */
  readonly service?: string | undefined;
  readonly claims: readonly Claim[];
  /** The policy above fills in what this one lacks; otherwise this one replaces it. */
  readonly merges?: true | undefined;
  /** Effect on requests of a policy whose kind Sluice does not support. */
  readonly effect?: 'closed' | 'ignored' | undefined;
}

/** A target of a policy, at one object. */
export interface Claim {
  readonly sectionName?: string | undefined;
  /** Field path of the target in the policy, such as `spec.targetRefs[0]`. */
  readonly path: string;
  readonly verdict: 'inForce' | 'noSection' | 'conflicted';
  /** `namespace/name` of the policy that is in force instead. */
  readonly by?: string | undefined;
}
