import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { condition, type Condition } from '../../conditions.ts';
import { isInForceSomewhere } from '../attachment/in-force.ts';

/** Makes the condition of a Gateway, or of a route at a parent, that has unsupported policies. `refusal`: what clients get. */
export function unsupportedCondition(
  policies: readonly AttachedPolicy[],
  generation: number,
  refusal = 'requests are answered with 500',
): Condition[] {
  const found = policies.filter((policy) => policy.effect !== undefined && isInForceSomewhere(policy));
  if (found.length === 0) return [];
  const closed = found.filter(({ effect }) => effect === 'closed').map(nameOf);
  const ignored = found.filter(({ effect }) => effect === 'ignored').map(nameOf);
  const message = [
    ...(closed.length === 0 ? [] : [`${refusal} for ${closed.join(', ')}`]),
    ...(ignored.length === 0 ? [] : [`requests are served without ${ignored.join(', ')}`]),
  ].join('; ');
  const reason = closed.length > 0 ? 'RequestsRefused' : 'PoliciesIgnored';
  return [
    condition('sluice.dev/PoliciesNotSupported', 'True', generation, reason, `${message}: not supported yet`),
  ];
}

function nameOf({ kind, namespace, name, service }: AttachedPolicy): string {
  const to = service === undefined ? '' : ` (backend Service ${service})`;
  return `${kind} ${namespace}/${name}${to}`;
}
