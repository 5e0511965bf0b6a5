import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { objectUnit, unitName } from '../../units/unit.ts';
import { statusKeys } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { requireTarget, targetFallbacks, targetFields, targetIndexes } from '../policy-target.ts';
import { metadata } from '../shape/shape.ts';
import { policyStatusDef } from '../status-def.ts';
import type { TargetKind } from '../target-kind.ts';
import { tolerant } from '../tolerant.ts';
import { authorization } from './authorization.ts';
import { apiKeyAuth, basicAuth } from './client-secrets.ts';
import { extAuth } from './ext-auth.ts';
import { jwt } from './jwt.ts';
import { namesEndpoints, oidc } from './oidc.ts';
import { cors, csrf } from './origins.ts';

const fields = {
  ...targetFields,
  mergeType: z.enum(['StrategicMerge', 'JSONMerge']).optional(),
  cors: cors.optional(),
  csrf: csrf.optional(),
  basicAuth: basicAuth.optional(),
  apiKeyAuth: apiKeyAuth.optional(),
  jwt: jwt.optional(),
  extAuth: extAuth.optional(),
  authorization: authorization.optional(),
  oidc: oidc.optional(),
};

/** Routes of a policy with an unreadable field answer 500, so no fallback has an effect. */
const fallbacks = {
  ...targetFallbacks,
  mergeType: undefined,
  cors: undefined,
  csrf: undefined,
  basicAuth: undefined,
  apiKeyAuth: undefined,
  jwt: undefined,
  extAuth: undefined,
  authorization: undefined,
  oidc: undefined,
};

const mergeableKinds: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TCPRoute', '']);

const spec = tolerant(fields, fallbacks, (value, context) => {
  requireTarget(value, context);
  const { targetRef, targetRefs, targetSelectors, mergeType } = value;
  const targets = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs, ...targetSelectors];
  if (mergeType !== undefined && targets.some(({ kind }) => !mergeableKinds.has(kind)))
    context.addIssue({ code: 'custom', path: ['mergeType'], message: 'is for policies of routes alone' });
  if (
    value.jwt === undefined &&
    value.authorization?.rules?.some(({ principal }) => principal?.jwt !== undefined)
  )
    context.addIssue({
      code: 'custom',
      path: ['authorization'],
      message: 'asks for tokens: jwt must be given',
    });
});

const securityPolicy = namingLeftOut(z.object({ metadata, spec }));

export type SecurityPolicyRow = z.infer<typeof securityPolicy>;
export type SecuritySpec = SecurityPolicyRow['spec'];
/** Fields that say what a policy asks of requests. */
export type SecurityField = Exclude<keyof typeof fields, keyof typeof targetFields | 'mergeType'>;

export const securityTargets = [
  'Gateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
] as const satisfies readonly TargetKind[];

/** Says who may come in: https://gateway.envoyproxy.io/docs/api/extension_types/#securitypolicy */
export const securityPolicyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'SecurityPolicy',
    versions: ['v1alpha1'],
    plural: 'securitypolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
    unit: { wave: 'reports', firstKeys: (object) => statusKeys('SecurityPolicy', object) },
  },
  securityPolicy,
  (row, namespace, name) => ({
    indexes: targetIndexes(row.spec, securityTargets, namespace),
    units: [
      objectUnit(resourceKey('SecurityPolicy', namespace, name)),
      ...(needsDocument(row.spec) ? [unitName({ kind: 'OidcProvider', namespace, name })] : []),
    ],
    follow: [],
  }),
);

function needsDocument({ oidc: login }: SecuritySpec): boolean {
  return login !== undefined && !namesEndpoints(login.provider);
}
