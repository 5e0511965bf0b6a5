import {
  backendTlsTargets,
  type BackendTLSPolicyRow,
} from '../../../kinds/gateway-api/backend-tls-policy.ts';
import { statusKeys } from '../../../kinds/indexes.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import { condition, type Condition } from '../../conditions.ts';
import { setting, type Reader } from '../../reader.ts';
import { ancestorsOf, type Ancestor } from '../attachment/ancestors.ts';
import { lostTargets } from '../attachment/lost-targets.ts';
import { policyReport, refusal, type PolicyReport } from '../attachment/policy-status.ts';
import { verdictOn, type Verdict } from './verdict.ts';

/** Returns undefined when no Gateway of this controller has a route to a target of the policy. */
export function backendTlsReport(reader: Reader, namespace: string, name: string): PolicyReport | undefined {
  reader.expect([settingKey('controllerName'), ...statusKeys('BackendTLSPolicy', { namespace, name })]);
  const row = reader.row('BackendTLSPolicy', namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const ancestors = ancestorsOf(reader, 'BackendTLSPolicy', namespace, name);
  if (ancestors.length === 0) return undefined;
  const verdict = verdictOn(reader, namespace, row);
  const { generation } = row.metadata;
  return policyReport(ancestors, controllerName, generation, (ancestor) => [
    accepted(row, verdict, ancestor),
    resolvedRefs(verdict, generation),
    ...unknownOptions(row),
  ]);
}

function accepted(
  { metadata, spec }: BackendTLSPolicyRow,
  { invalid }: Verdict,
  { claims }: Ancestor,
): Condition {
  const { generation } = metadata;
  const refused = refusal(claims);
  if (refused !== undefined)
    return condition('Accepted', 'False', generation, refused.reason, refused.message);
  if (invalid !== undefined) {
    const message = `${invalid.message}; until then its backends get no requests`;
    return condition('Accepted', 'False', generation, invalid.reason, message);
  }
  const message = `the policy is accepted${lostTargets(spec, claims, backendTlsTargets)}`;
  return condition('Accepted', 'True', generation, 'Accepted', message);
}

function resolvedRefs({ refs }: Verdict, generation: number): Condition {
  return refs === undefined
    ? condition('ResolvedRefs', 'True', generation, 'ResolvedRefs', 'every reference is resolved')
    : condition('ResolvedRefs', 'False', generation, refs.reason, refs.message);
}

/** Makes the condition only when True. No option of Gateway API is known, and Sluice has none of its own. */
function unknownOptions({ metadata: { generation }, spec: { options } }: BackendTLSPolicyRow): Condition[] {
  if (options.length === 0) return [];
  const message = `spec.options: ${options.join(', ')}: not supported, without effect`;
  return [condition('sluice.dev/OptionsNotSupported', 'True', generation, 'OptionsIgnored', message)];
}
