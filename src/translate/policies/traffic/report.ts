import {
  trafficTargets,
  type BackendTrafficPolicyRow,
} from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import { statusKeys } from '../../../kinds/indexes.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import type { Problem } from '../../../kinds/row.ts';
import { describeUnreadable, unreadableParts } from '../../../kinds/unreadable.ts';
import { condition, type Condition } from '../../conditions.ts';
import { setting, type Reader } from '../../reader.ts';
import { ancestorsOf, type Ancestor } from '../attachment/ancestors.ts';
import { lostTargets } from '../attachment/lost-targets.ts';
import { policyReport, refusal, refusalOf, type PolicyReport } from '../attachment/policy-status.ts';
import { standing, standingKeys } from '../attachment/standing.ts';
import { leftOutOf, withoutEffect } from './left-out.ts';
import { hasOwnBuckets } from './local-limits.ts';
import { limitProblems } from './limits.ts';
import { translateOverrides } from './overrides.ts';

const kind = 'BackendTrafficPolicy';

const refills = '; limits count again from the start when routes of the Gateway change';

/** Returns undefined when the policy has no Gateway of this controller. */
export function trafficReport(reader: Reader, namespace: string, name: string): PolicyReport | undefined {
  reader.expect([settingKey('controllerName'), ...statusKeys(kind, { namespace, name })]);
  const row = reader.row(kind, namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const ancestors = ancestorsOf(reader, kind, namespace, name);
  if (ancestors.length === 0) return undefined;
  reader.expect(standingKeys(kind, ancestors));
  const { problems } = translateOverrides(reader, namespace, row.spec.responseOverride);
  const faults = [...unreadableOf(row), ...problems, ...limitProblems(namespace, row.spec)];
  const { generation } = row.metadata;
  return policyReport(ancestors, controllerName, generation, (ancestor) => [
    accepted(row, ancestor, faults),
    ...standing(reader, kind, ancestor, generation, row.spec.mergeType !== undefined),
  ]);
}

/** Lists unreadable parts of the policy, without single targets: the others are in force beside them. */
function unreadableOf({ metadata, spec }: BackendTrafficPolicyRow): Problem[] {
  const own = { ...spec, targetRef: undefined, targetRefs: [], targetSelectors: [] };
  return [...unreadableParts(metadata, 'metadata'), ...unreadableParts(own, 'spec')];
}

function accepted(row: BackendTrafficPolicyRow, { claims }: Ancestor, faults: readonly Problem[]): Condition {
  const { generation } = row.metadata;
  if (faults.length > 0) {
    const message = `${describeUnreadable(faults)}; ${refusalOf(claims)}`;
    return condition('Accepted', 'False', generation, 'Invalid', message);
  }
  const refused = refusal(claims);
  if (refused !== undefined)
    return condition('Accepted', 'False', generation, refused.reason, refused.message);
  const leftOut = leftOutOf(row);
  const without = leftOut.length === 0 ? '' : `, without what is not supported: ${leftOut.join(', ')}`;
  const rules = row.spec.rateLimit?.local.rules ?? [];
  const isAnswered = rules.length > 0 && claims.some((claim) => claim.isAnswered);
  const refilled = isAnswered || hasOwnBuckets(rules) ? refills : '';
  const message = `the policy is accepted${without}${refilled}${withoutEffect(row.spec, claims)}${lostTargets(row.spec, claims, trafficTargets)}`;
  return condition('Accepted', 'True', generation, 'Accepted', message);
}
