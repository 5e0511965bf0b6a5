/**
 * How a field of a status is merged with what others have written. `parents` and `ancestors`: each entry belongs to the
 * controller that it names; `conditions`: each belongs to whoever writes its type; `listeners`: all Sluice's but for
 * the conditions in them; `whole`: all Sluice's.
 */
export type MergeRule = 'conditions' | 'listeners' | 'whole' | 'parents' | 'ancestors';

/** The part of a kind's status that Sluice writes. */
export interface StatusDef {
  /** A field that is not named here is never touched. */
  readonly fields: Readonly<Record<string, MergeRule>>;
  /** Types of conditions that the CRD sets to Unknown until a controller takes the object. */
  readonly waiting?: readonly string[];
}

/** The status of a route: https://gateway-api.sigs.k8s.io/reference/spec/#routestatus */
export const routeStatusDef = { fields: { parents: 'parents' } } as const satisfies StatusDef;

/** The status of a policy: https://gateway-api.sigs.k8s.io/reference/spec/#policystatus */
export const policyStatusDef = { fields: { ancestors: 'ancestors' } } as const satisfies StatusDef;
