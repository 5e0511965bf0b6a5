/**
 * `parents` and `ancestors`: each entry belongs to the controller that it names; `conditions`: each belongs to the writer
 * of its type; `listeners`: all Sluice's, except conditions in them; `whole`: all Sluice's; `addresses`: likewise, with a field
 * that only the experimental CRDs keep.
 */
export type MergeRule = 'conditions' | 'listeners' | 'addresses' | 'whole' | 'parents' | 'ancestors';

export interface StatusDef {
  /** Sluice never touches a field that is not named here. */
  readonly fields: Readonly<Record<string, MergeRule>>;
  /** Types of conditions that the CRD sets to Unknown until a controller takes the object. */
  readonly waiting?: readonly string[];
}

/** Status of a route: https://gateway-api.sigs.k8s.io/reference/spec/#routestatus */
export const routeStatusDef = { fields: { parents: 'parents' } } as const satisfies StatusDef;

/** Status of a policy: https://gateway-api.sigs.k8s.io/reference/spec/#policystatus */
export const policyStatusDef = { fields: { ancestors: 'ancestors' } } as const satisfies StatusDef;
