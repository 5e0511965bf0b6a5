import {
  clientTargets,
  type ClientTrafficPolicyRow,
} from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import { statusKeys } from '../../../kinds/indexes.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import { describeUnreadable } from '../../../kinds/unreadable.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { condition, type Condition } from '../../conditions.ts';
import { setting, type Reader } from '../../reader.ts';
import { ancestorsOf, type Ancestor, type PlacedClaim } from '../attachment/ancestors.ts';
import { lostTargets } from '../attachment/lost-targets.ts';
import { policyReport, refusal, type PolicyReport } from '../attachment/policy-status.ts';
import { standing, standingKeys } from '../attachment/standing.ts';
import { clientTrust, type ClientTrust } from './certificates.ts';
import { faultsOf } from './faults.ts';
import { deprecatedOf, leftOutOf } from './left-out.ts';
import { hostlessFields, sharedPorts } from './shared-ports.ts';

const kind = 'ClientTrafficPolicy';

/** Returns undefined when the policy has no Gateway of this controller. */
export function clientTrafficReport(
  reader: Reader,
  namespace: string,
  name: string,
): PolicyReport | undefined {
  reader.expect([settingKey('controllerName'), ...statusKeys(kind, { namespace, name })]);
  const row = reader.row(kind, namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const ancestors = ancestorsOf(reader, kind, namespace, name);
  if (ancestors.length === 0) return undefined;
  reader.expect(standingKeys(kind, ancestors));
  const wanted = row.spec.tls?.clientValidation;
  const trust = wanted && clientTrust(reader, namespace, wanted);
  const { generation } = row.metadata;
  return policyReport(ancestors, controllerName, generation, (ancestor) => [
    accepted(reader, { namespace, name }, row, ancestor, trust),
    ...standing(reader, kind, ancestor, generation, false),
    ...warning(row, trust),
  ]);
}

function accepted(
  reader: Reader,
  policy: ObjectName,
  row: ClientTrafficPolicyRow,
  ancestor: Ancestor,
  trust: ClientTrust | undefined,
): Condition {
  const { generation } = row.metadata;
  const { claims } = ancestor;
  const refuse = (reason: string, message: string) =>
    condition('Accepted', 'False', generation, reason, message);
  const faults = faultsOf(policy.namespace, row);
  if (faults.length > 0) {
    const effect = 'its HTTP listeners answer 500, others accept no connection';
    return refuse('Invalid', `${describeUnreadable(faults)}; ${effect}`);
  }
  if (trust !== undefined && trust.faults.length > 0)
    return refuse('Invalid', `${describeUnreadable(trust.faults)}; its TLS listeners accept no client`);
  const refused = refusal(claims);
  if (refused !== undefined) return refuse(refused.reason, refused.message);
  const { lost, fields } = sharedPorts(reader, policy, row.spec, ancestor);
  const messages = lost.map(({ claim, message }) => `${pathOf(claim)}: ${message}`).join('; ');
  const inForce = claims.filter(({ verdict }) => verdict === 'inForce');
  if (lost.length === inForce.length) return refuse('Invalid', messages);
  const leftOut = [...leftOutOf(row), ...hostlessFields(reader, row.spec, ancestor), ...fields];
  const without = leftOut.length === 0 ? '' : `, without what is not supported: ${leftOut.join(', ')}`;
  const notAt = messages === '' ? '' : `; ${messages}`;
  const message = `the policy is accepted${without}${lostTargets(row.spec, claims, clientTargets)}${notAt}`;
  return condition('Accepted', 'True', generation, 'Accepted', message);
}

function pathOf({ path, sectionName }: PlacedClaim): string {
  return sectionName === undefined ? path : `${path}.sectionName`;
}

function warning(row: ClientTrafficPolicyRow, trust: ClientTrust | undefined): Condition[] {
  const { generation } = row.metadata;
  const deprecated = deprecatedOf(row);
  const old = deprecated.length === 0 ? [] : [`fields with a newer form: ${deprecated.join(', ')}`];
  const left = trust === undefined || trust.warnings.length === 0 ? [] : [describeUnreadable(trust.warnings)];
  const messages = [...left, ...old];
  if (messages.length === 0) return [];
  const reason = left.length === 0 ? 'DeprecatedField' : 'Warnings';
  return [condition('Warning', 'True', generation, reason, messages.join('; '))];
}
