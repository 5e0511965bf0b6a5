import type { SecurityPolicyRow, SecuritySpec } from '../../../kinds/envoy-gateway/security-policy.ts';
import type { ChainName, PolicyName } from '../../../units/plugin-chain.ts';
import type { Reader } from '../../reader.ts';
import { effective, mostSpecific, type PolicyAt, type PolicyKind } from '../attachment/effective.ts';
import { allPolicies, type Attached } from '../attachment/in-force.ts';
import { policiesAbove, type ListenerSection } from '../attachment/listener-section.ts';
import { mergedFields } from '../attachment/merged-fields.ts';

/** The policy in force, with its parent when the two merge. */
export interface Security {
  readonly spec: SecuritySpec;
  readonly owners: ChainName;
  /** Returns the policy that gives a part. */
  readonly ownerOf: (part: SecurityPart) => PolicyName;
  /** Returns the namespace in which references of a part resolve: that of the policy that gives the part. */
  readonly homeOf: (part: SecurityPart) => string;
  /** The same for one of the values that a server gets with each check. */
  readonly homeOfContext: (name: string) => string;
  /** True when a policy has fields that Sluice does not know. They may restrict requests. */
  readonly isPartial: boolean;
}

export type SecurityPart = 'basicAuth' | 'apiKeyAuth' | 'jwt' | 'extAuth' | 'oidc';

const securityPolicies: PolicyKind<'SecurityPolicy', Security> = {
  kind: 'SecurityPolicy',
  alone: securityAlone,
  merge: mergedSecurity,
};

export function securityAlone(own: PolicyAt<'SecurityPolicy'>): Security {
  return {
    spec: own.row.spec,
    owners: { own: nameOf(own), parent: undefined },
    ownerOf: () => nameOf(own),
    homeOf: () => own.namespace,
    homeOfContext: () => own.namespace,
    isPartial: isPartial(own.row),
  };
}

export function mergedSecurity(
  parent: PolicyAt<'SecurityPolicy'>,
  own: PolicyAt<'SecurityPolicy'>,
): Security {
  const given = own.row.spec;
  const ownContext = new Set(given.extAuth?.contextExtensions.map(({ name }) => name));
  const giverOf = (part: SecurityPart) => (given[part] === undefined ? parent : own);
  return {
    spec: mergedSpec(parent.row.spec, given),
    owners: { own: nameOf(own), parent: nameOf(parent) },
    ownerOf: (part) => nameOf(giverOf(part)),
    homeOf: (part) => giverOf(part).namespace,
    homeOfContext: (name) => (ownContext.has(name) ? own : parent).namespace,
    isPartial: isPartial(parent.row) || isPartial(own.row),
  };
}

function nameOf({ namespace, name }: PolicyAt<'SecurityPolicy'>): PolicyName {
  return { namespace, name };
}

function isPartial(row: SecurityPolicyRow): boolean {
  return closingFields(row).length > 0;
}

/** Lists fields that Sluice does not know, and that may restrict requests: all but those of connections to servers. */
export function closingFields({ leftOut = [] }: SecurityPolicyRow): readonly string[] {
  return leftOut.filter((path) => !path.includes('.backendSettings.'));
}

/** Applies a policy to its parent as a patch. A reference of the policy replaces that of its parent as a whole. */
function mergedSpec(parent: SecuritySpec, own: SecuritySpec): SecuritySpec {
  const keyed = own.mergeType === 'StrategicMerge' ? { contextExtensions: 'name' } : {};
  // Both are of one schema, and joining keeps the shape of each field.
  const merged = mergedFields({ ...parent, unreadable: undefined }, own, keyed) as SecuritySpec;
  return {
    ...merged,
    basicAuth: merged.basicAuth && { ...merged.basicAuth, ...usersOf(own) },
    oidc: merged.oidc && { ...merged.oidc, ...clientOf(own) },
    // One server, of one protocol.
    extAuth: merged.extAuth && { ...merged.extAuth, ...serverOf(own) },
  };
}

function usersOf({ basicAuth }: SecuritySpec) {
  return basicAuth && { users: basicAuth.users };
}

/** The client of one provider. */
function clientOf({ oidc }: SecuritySpec) {
  if (oidc === undefined) return {};
  const { provider, clientID, clientIDRef, clientSecret } = oidc;
  return { provider, clientID, clientIDRef, clientSecret };
}

function serverOf({ extAuth }: SecuritySpec) {
  return extAuth && { grpc: extAuth.grpc, http: extAuth.http };
}

/** Returns `invalid` when a part of a policy in force cannot be read: it may be what restricts requests. */
export function ruleSecurity(
  reader: Reader,
  attached: Attached,
  listener: ListenerSection,
  rule: string | undefined,
): Security | 'invalid' | undefined {
  const found = effective(reader, securityPolicies, attached, { at: 'rule', listener, rule });
  // A policy that is named and not there is about to be replaced: nothing passes in between.
  if (found === undefined) return hasPolicy(attached, listener, rule) ? 'invalid' : undefined;
  return found.problems.length > 0 || found.value.isPartial ? 'invalid' : found.value;
}

/** Returns the policies of a route and its Gateway, each by itself: together they refer to all that any rule needs. */
export function securitiesOf(reader: Reader, attached: Attached): Security[] {
  const { kind } = securityPolicies;
  return allPolicies(attached).flatMap(({ kind: of, namespace, name }) => {
    const row = of === kind ? reader.row(kind, namespace, name) : undefined;
    return row === undefined ? [] : [securityAlone({ namespace, name, row })];
  });
}

function hasPolicy(attached: Attached, listener: ListenerSection, rule: string | undefined): boolean {
  const places = [{ policies: attached.ofRoute, section: rule }, ...policiesAbove(attached, listener)];
  return places.some(
    ({ policies, section }) => mostSpecific(policies, securityPolicies.kind, section) !== undefined,
  );
}
