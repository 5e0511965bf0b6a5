import { securityTargets, type SecurityPolicyRow } from '../../../kinds/envoy-gateway/security-policy.ts';
import { statusKeys } from '../../../kinds/indexes.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import type { Problem } from '../../../kinds/row.ts';
import { describeUnreadable, unreadableParts } from '../../../kinds/unreadable.ts';
import { condition, type Condition } from '../../conditions.ts';
import { setting, type Reader } from '../../reader.ts';
import { ancestorsOf, type Ancestor } from '../attachment/ancestors.ts';
import { lostTargets } from '../attachment/lost-targets.ts';
import { policyReport, refusal, type PolicyReport } from '../attachment/policy-status.ts';
import { standing, standingKeys } from '../attachment/standing.ts';
import { bytesProblems } from './bytes.ts';
import { referencesOf, routeSecurity } from './route-security.ts';
import { unusedSettings } from './provider.ts';
import { closingFields, securityAlone } from './rule-security.ts';
import { ignoredSettings } from '../traffic/server-settings.ts';

const kind = 'SecurityPolicy';

/** Returns undefined when the policy has no Gateway of this controller. */
export function securityReport(reader: Reader, namespace: string, name: string): PolicyReport | undefined {
  reader.expect([settingKey('controllerName'), ...statusKeys(kind, { namespace, name })]);
  const row = reader.row(kind, namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const ancestors = ancestorsOf(reader, kind, namespace, name);
  if (ancestors.length === 0) return undefined;
  const own = securityAlone({ namespace, name, row });
  reader.expect([...standingKeys(kind, ancestors), ...referencesOf(own)]);
  // The same value makes the routes, so that no status says more than they do.
  const { problems, waiting, passed } = routeSecurity(reader, own);
  const hasBytes = targetsBytes(row);
  const faults = {
    closing: [...unreadableOf(row), ...problems],
    bytes: hasBytes ? bytesProblems(row.spec) : [],
    waiting,
    passed,
    closed: hasBytes ? 'its routes answer 500, or close connections of bytes' : 'its routes answer 500',
  };
  const { generation } = row.metadata;
  return policyReport(ancestors, controllerName, generation, (ancestor) => [
    accepted(row, ancestor, faults),
    ...standing(reader, kind, ancestor, generation, row.spec.mergeType !== undefined),
  ]);
}

/** Returns true for a policy of TCPRoutes. Those of Gateways are for requests, and are said of each route that they close. */
function targetsBytes({ spec: { targetRef, targetRefs, targetSelectors } }: SecurityPolicyRow): boolean {
  const targets = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs, ...targetSelectors];
  return targets.some(({ kind: target }) => target === 'TCPRoute');
}

interface Faults {
  readonly closing: readonly Problem[];
  /** Faults for which connections of TCPRoutes are closed. */
  readonly bytes: readonly Problem[];
  /** Effect of `closing`. */
  readonly closed: string;
  readonly waiting: readonly Problem[];
  readonly passed: readonly Problem[];
}

/** Lists unreadable parts of the policy, without single targets: the others are in force beside them. */
function unreadableOf(row: SecurityPolicyRow): Problem[] {
  const { metadata, spec } = row;
  const own = { ...spec, targetRef: undefined, targetRefs: [], targetSelectors: [] };
  return [
    ...unreadableParts(metadata, 'metadata'),
    ...unreadableParts(own, 'spec'),
    // A newer release may restrict requests by it.
    ...closingFields(row).map((path) => ({ path, message: 'is not supported' })),
  ];
}

function accepted(
  row: SecurityPolicyRow,
  { claims }: Ancestor,
  { closing, bytes, waiting, passed, closed }: Faults,
): Condition {
  const { generation } = row.metadata;
  const invalid = (message: string) => condition('Accepted', 'False', generation, 'Invalid', message);
  if (closing.length > 0)
    return invalid(`${describeUnreadable([...closing, ...bytes, ...passed])}; ${closed}`);
  if (bytes.length > 0)
    return invalid(`${describeUnreadable([...bytes, ...passed])}; its TCPRoutes close connections`);
  const refused = refusal(claims);
  if (refused !== undefined)
    return condition('Accepted', 'False', generation, refused.reason, refused.message);
  if (waiting.length > 0) {
    const message = `${describeUnreadable(waiting)}; its routes answer 503`;
    return condition('Accepted', 'False', generation, 'Pending', message);
  }
  if (passed.length > 0)
    return invalid(`${describeUnreadable(passed)}; requests pass without this server, as failOpen is true`);
  const without = withoutEffect(row);
  const rest = without.length === 0 ? '' : `, without what is not supported: ${without.join(', ')}`;
  const message = `the policy is accepted${rest}${lostTargets(row.spec, claims, securityTargets)}`;
  return condition('Accepted', 'True', generation, 'Accepted', message);
}

/** Lists fields that have no effect. No request passes because they are left out. */
function withoutEffect(row: SecurityPolicyRow): string[] {
  const { extAuth, jwt, oidc } = row.spec;
  const closing = new Set(closingFields(row));
  return [
    ...(row.leftOut ?? []).filter((path) => !closing.has(path)),
    ...(extAuth?.includeRouteMetadata === true && extAuth.http !== undefined
      ? ['spec.extAuth.includeRouteMetadata with http']
      : []),
    ...ignoredSettings(extAuth?.grpc?.backendSettings, 'spec.extAuth.grpc.backendSettings'),
    ...ignoredSettings(extAuth?.http?.backendSettings, 'spec.extAuth.http.backendSettings'),
    ...ignoredSettings(unusedSettings(oidc), 'spec.oidc.provider.backendSettings'),
    ...(jwt?.providers ?? []).flatMap(({ remoteJWKS }, i) =>
      ignoredSettings(remoteJWKS?.backendSettings, `spec.jwt.providers[${i}].remoteJWKS.backendSettings`),
    ),
  ];
}
