import { isInForce, type Attached } from '../attachment/in-force.ts';
import { policiesAbove, type ListenerSection } from '../attachment/listener-section.ts';

/** Returns true when an unsupported or unknown policy restricts requests of a rule that come by a listener. */
export function isClosed(attached: Attached, listener: ListenerSection, rule: string | undefined): boolean {
  const places = [...policiesAbove(attached, listener), { policies: attached.ofRoute, section: rule }];
  return (
    attached.isUnknown ||
    places.some(({ policies, section }) =>
      policies.some(
        // A policy of a Service closes single backends.
        (policy) => policy.effect === 'closed' && policy.service === undefined && isInForce(policy, section),
      ),
    )
  );
}
