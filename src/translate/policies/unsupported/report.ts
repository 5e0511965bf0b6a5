import { settingKey } from '../../../kinds/own/settings-key.ts';
import { statusKeys } from '../../../kinds/indexes.ts';
import { describeUnreadable, unreadableParts } from '../../../kinds/unreadable.ts';
import type { UnsupportedPolicyKind } from '../../../kinds/target-kind.ts';
import { condition, type Condition } from '../../conditions.ts';
import { setting, type Reader } from '../../reader.ts';
import { ancestorsOf, type Ancestor } from '../attachment/ancestors.ts';
import { missingSections, policyReport, refusal, type PolicyReport } from '../attachment/policy-status.ts';

/** Returns undefined when the policy has no Gateway of this controller. */
export function unsupportedReport(
  reader: Reader,
  kind: UnsupportedPolicyKind,
  namespace: string,
  name: string,
): PolicyReport | undefined {
  reader.expect([settingKey('controllerName'), ...statusKeys(kind, { namespace, name })]);
  const row = reader.row(kind, namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const { generation } = row.metadata;
  const unreadable = unreadableParts(row, '');
  const broken = unreadable.length === 0 ? '' : `; ${describeUnreadable(unreadable)}`;
  return policyReport(ancestorsOf(reader, kind, namespace, name), controllerName, generation, (ancestor) => [
    accepted(kind, ancestor, generation, broken),
  ]);
}

function accepted(
  kind: UnsupportedPolicyKind,
  { claims }: Ancestor,
  generation: number,
  broken: string,
): Condition {
  const refused = refusal(claims);
  if (refused !== undefined)
    return condition('Accepted', 'False', generation, refused.reason, `${refused.message}${broken}`);
  const missing = describeUnreadable(missingSections(claims));
  const rest = missing === '' ? '' : `; ${missing}`;
  const message = `${kind} is not supported yet: requests are served as if it did not exist${rest}${broken}`;
  return condition('Accepted', 'False', generation, 'NotSupported', message);
}
