import type { PolicyKindName } from '../target-kind.ts';

/**
 * The policies that name an object at a Gateway: the Gateway itself, or a route that has it for a parent, with the Services that
 * the route refers to. Made by the unit of the same name; absent when there are none, and for a Gateway that is not ours.
 */
export interface AttachedPoliciesRow {
  /** The references of a route to the Gateway. */
  readonly parents: readonly ParentSection[];
  /** Sorted by kind, and within a kind by precedence. */
  readonly policies: readonly AttachedPolicy[];
  /** Translation fails, so it is not known which policies there are: nothing is served by the object. */
  readonly isUnknown?: true | undefined;
}

/** The row of an object whose policies Sluice fails to find. */
export const unknownPolicies: AttachedPoliciesRow = { parents: [], policies: [], isUnknown: true };

/** The part of a parentRef beside the Gateway. */
export interface ParentSection {
  readonly sectionName?: string | undefined;
  readonly port?: number | undefined;
}

export interface AttachedPolicy {
  readonly kind: PolicyKindName;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of the Service that it is for, which the route of the row refers to. */
  readonly service?: string | undefined;
  readonly claims: readonly Claim[];
  /** The policy above it gives what it does not have itself; otherwise it takes that one's place. */
  readonly merges?: true | undefined;
  /** For kinds that Sluice does not have: what becomes of requests where it would be in force. */
  readonly effect?: 'closed' | 'ignored' | undefined;
}

/** A target of a policy, at one object. */
export interface Claim {
  /** Undefined: all of the object. */
  readonly sectionName?: string | undefined;
  /** Field path of the target in the policy, such as `spec.targetRefs[0]`. */
  readonly path: string;
  readonly verdict: 'inForce' | 'noSection' | 'conflicted';
  /** `namespace/name` of the policy that is in force in its place. */
  readonly by?: string | undefined;
}
