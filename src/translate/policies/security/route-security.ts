import type { Problem } from '../../../kinds/row.ts';
import type { SecurityField, SecuritySpec } from '../../../kinds/envoy-gateway/security-policy.ts';
import { chainName } from '../../../units/plugin-chain.ts';
import type { ReadKey } from '../../../lib/key.ts';
import type { Reader } from '../../reader.ts';
import type { CORSPolicyIR, RouteChainIR } from '../../ir.ts';
import type { ExternalAuthIR, SecurityIR } from '../../security-ir.ts';
import { authorizationOf, authorizationProblems } from './authorization.ts';
import { translateClientKeys } from './client-keys.ts';
import { externalAuthKeys, translateExternalAuth } from './external-auth.ts';
import { corsOf, csrfOf } from './origins.ts';
import { oidcKeys, translateOidc } from './oidc.ts';
import type { Security } from './rule-security.ts';
import { secretKeys } from './secret.ts';
import { tokenChainOf, tokenKeys, translateProviders } from './tokens.ts';
import { translateUsers } from './users.ts';

export interface RouteSecurity {
  /** Name of the policies in force, for all of their routes the same. Undefined: they refuse no request. */
  readonly identity: string | undefined;
  readonly cors: CORSPolicyIR | undefined;
  /** Undefined: none, or one that may be missing. */
  readonly auth: ExternalAuthIR | undefined;
  readonly tokens: RouteChainIR | undefined;
  readonly security: SecurityIR;
  /** Faults for which requests are answered with 500. */
  readonly problems: readonly Problem[];
  /** Reasons to answer with 503, which end by themselves. */
  readonly waiting: readonly Problem[];
  /** Faults of a server without which requests pass, as the policy says. */
  readonly passed: readonly Problem[];
}

/** Resolves all that a policy refers to. Costs O(its references); see {@link referencesOf}. */
export function routeSecurity(reader: Reader, of: Security): RouteSecurity {
  const { spec, homeOf } = of;
  const problems: Problem[] = [...authorizationProblems(of.owners.own.namespace, spec)];
  const waiting: Problem[] = [];
  const passed: Problem[] = [];
  const ofServer = spec.extAuth?.failOpen === true ? passed : problems;
  if (spec.jwt !== undefined) translateProviders(reader, spec.jwt, of.ownerOf('jwt'), problems);
  const security: SecurityIR = {
    csrf: spec.csrf && csrfOf(spec.csrf),
    keys: spec.apiKeyAuth && translateClientKeys(reader, homeOf('apiKeyAuth'), spec.apiKeyAuth, problems),
    users: spec.basicAuth && translateUsers(reader, homeOf('basicAuth'), spec.basicAuth, problems),
    oidc: spec.oidc && translateOidc(reader, spec.oidc, of, { problems, waiting }),
    authorization: spec.authorization && authorizationOf(spec.authorization),
  };
  return {
    identity: refuses(spec) ? chainName(of.owners) : undefined,
    cors: spec.cors && corsOf(spec.cors),
    auth: spec.extAuth && translateExternalAuth(reader, spec.extAuth, of, ofServer),
    tokens: tokenChainOf(of),
    security,
    problems,
    waiting,
    passed,
  };
}

/** CORS is kept by browsers, and is in force at the route that serves the request. */
function refuses(spec: SecuritySpec): boolean {
  return (Object.keys(refusing) as (keyof typeof refusing)[]).some(
    (part) => refusing[part] && spec[part] !== undefined,
  );
}

const refusing = {
  cors: false,
  csrf: true,
  basicAuth: true,
  apiKeyAuth: true,
  jwt: true,
  extAuth: true,
  authorization: true,
  oidc: true,
} as const satisfies Record<SecurityField, boolean>;

/** Returns what a policy refers to, to be expected before it is resolved. */
export function referencesOf(of: Security): ReadKey[] {
  const { spec, homeOf } = of;
  const { basicAuth, apiKeyAuth, extAuth, jwt, oidc } = spec;
  return [
    ...(basicAuth === undefined ? [] : secretKeys(homeOf('basicAuth'), basicAuth.users)),
    ...(apiKeyAuth?.credentialRefs ?? []).flatMap((ref) => secretKeys(homeOf('apiKeyAuth'), ref)),
    ...(extAuth === undefined ? [] : externalAuthKeys(extAuth, of)),
    ...(jwt === undefined ? [] : tokenKeys(jwt, homeOf('jwt'))),
    ...(oidc === undefined ? [] : oidcKeys(oidc, homeOf('oidc'))),
  ];
}
