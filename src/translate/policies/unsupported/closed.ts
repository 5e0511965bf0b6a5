import { isInForce, type Attached } from '../attachment/in-force.ts';

/** Returns true when an unsupported or unknown policy restricts requests of a rule that come by a listener. */
export function isClosed(
  { ofGateway, ofRoute, isUnknown }: Attached,
  listener: string,
  rule: string | undefined,
): boolean {
  return (
    isUnknown ||
    ofGateway.some((policy) => policy.effect === 'closed' && isInForce(policy, listener)) ||
    // A policy of a Service closes single backends.
    ofRoute.some(
      (policy) => policy.effect === 'closed' && policy.service === undefined && isInForce(policy, rule),
    )
  );
}
