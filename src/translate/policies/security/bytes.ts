import { resourceKey } from '../../../lib/key.ts';
import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { SecurityField, SecuritySpec } from '../../../kinds/envoy-gateway/security-policy.ts';
import type { Problem } from '../../../kinds/row.ts';
import { unreadableParts } from '../../../kinds/unreadable.ts';
import { chainName } from '../../../units/plugin-chain.ts';
import type { AddressRulesIR } from '../../listener-ir.ts';
import type { Reader } from '../../reader.ts';
import { mostSpecific, policyAbove } from '../attachment/effective.ts';
import type { Attached } from '../attachment/in-force.ts';
import type { ListenerSection } from '../attachment/listener-section.ts';
import { closingFields, ruleSecurity } from './rule-security.ts';

/** The SecurityPolicies in force for connections of which Envoy knows only the bytes. */
export interface BytesSecurity {
  /** Name of the policies, see `chainName`. */
  readonly policy: string;
  /** None, when a policy asks for what connections cannot show. */
  readonly clients: AddressRulesIR;
}

/** Returns undefined when no policy is in force. Costs O(rules of the policy). */
export function bytesSecurity(
  reader: Reader,
  attached: Attached,
  listener: ListenerSection,
  rule: string | undefined,
): BytesSecurity | undefined {
  const policy = nameOf(attached, listener, rule);
  if (policy === undefined) return undefined;
  const security = ruleSecurity(reader, attached, listener, rule);
  const spec = security === undefined || security === 'invalid' ? undefined : security.spec;
  return { policy, clients: spec === undefined ? noClient : clientsOf(spec) };
}

/** Policies that cannot be read have a name, too, so that a repair makes no other filter. */
function nameOf(attached: Attached, listener: ListenerSection, rule: string | undefined): string | undefined {
  const above = policyAbove(attached, 'SecurityPolicy', listener);
  const own = mostSpecific(attached.ofRoute, 'SecurityPolicy', rule) ?? above;
  if (own === undefined) return undefined;
  return chainName({ own, parent: own !== above && own.merges === true ? above : undefined });
}

const noClient: AddressRulesIR = { rules: [], rest: 'Deny' };

function clientsOf(spec: SecuritySpec): AddressRulesIR {
  if (bytesProblems(spec).length > 0) return noClient;
  const { rules = [], defaultAction = 'Deny' } = spec.authorization ?? { defaultAction: 'Allow' };
  return {
    rules: rules.map(({ principal, action }) => ({ ranges: principal?.clientCIDRs ?? [], action })),
    rest: defaultAction,
  };
}

/** Lists what a policy asks for, and what a connection of bytes cannot show: all but the client's address. */
export function bytesProblems(spec: SecuritySpec): Problem[] {
  const fields = Object.keys(ofRequests) as (keyof typeof ofRequests)[];
  return [
    ...fields
      .filter((field) => ofRequests[field] && spec[field] !== undefined)
      .map((field) => `spec.${field}`),
    ...(spec.authorization?.rules ?? []).flatMap(({ operation, principal, cel }, i) => {
      const path = `spec.authorization.rules[${i}]`;
      return [
        ...(operation === undefined ? [] : [`${path}.operation`]),
        ...(principal?.jwt === undefined ? [] : [`${path}.principal.jwt`]),
        ...(principal?.headers === undefined ? [] : [`${path}.principal.headers`]),
        ...(cel === undefined ? [] : [`${path}.cel`]),
      ];
    }),
  ].map((path) => ({ path, message: 'is for requests, and connections of bytes show none' }));
}

const ofRequests = {
  cors: true,
  csrf: true,
  basicAuth: true,
  apiKeyAuth: true,
  jwt: true,
  extAuth: true,
  authorization: false,
  oidc: true,
} as const satisfies Record<SecurityField, boolean>;

/**
 * Marks SecurityPolicies that close a route below HTTP, for its conditions: all for datagrams, of which Envoy asks no
 * address. Costs O(policies).
 */
export function closingBytes(
  reader: Reader,
  kind: string,
  policies: readonly AttachedPolicy[],
): AttachedPolicy[] {
  const found = policies.filter((policy) => policy.kind === 'SecurityPolicy');
  reader.expect(found.map(({ namespace, name }) => resourceKey('SecurityPolicy', namespace, name)));
  const closing = new Set(found.filter((policy) => kind === 'UDPRoute' || closes(reader, policy)));
  return policies.map((policy) => (closing.has(policy) ? { ...policy, effect: 'closed' } : policy));
}

function closes(reader: Reader, { namespace, name }: AttachedPolicy): boolean {
  const row = reader.row('SecurityPolicy', namespace, name);
  if (row === undefined) return true;
  const faults = [...unreadableParts(row.spec, 'spec'), ...closingFields(row), ...bytesProblems(row.spec)];
  return faults.length > 0;
}
