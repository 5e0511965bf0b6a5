import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { isInForce, type Attached } from '../attachment/in-force.ts';
import { policiesAbove, type ListenerSection } from '../attachment/listener-section.ts';

/**
 * Returns true when a SecurityPolicy is in force for connections of which Envoy knows only the bytes. It asks for what
 * they cannot show, so none is made.
 */
export function refusesBytes(
  attached: Attached,
  listener: ListenerSection,
  rule: string | undefined,
): boolean {
  const places = [...policiesAbove(attached, listener), { policies: attached.ofRoute, section: rule }];
  return places.some(({ policies, section }) =>
    policies.some((policy) => isSecurity(policy) && isInForce(policy, section)),
  );
}

/** Marks SecurityPolicies at a route below HTTP as unsupported, for its conditions. */
export function closingBytes(policies: readonly AttachedPolicy[]): AttachedPolicy[] {
  return policies.map((policy) => (isSecurity(policy) ? { ...policy, effect: 'closed' } : policy));
}

function isSecurity({ kind }: AttachedPolicy): boolean {
  return kind === 'SecurityPolicy';
}
