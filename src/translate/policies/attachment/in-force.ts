import type { AttachedPoliciesRow, AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { resourceKey, type ResourceKey } from '../../../lib/key.ts';
import type { Reader } from '../../reader.ts';

export interface Attached {
  readonly ofGateway: readonly AttachedPolicy[];
  readonly ofRoute: readonly AttachedPolicy[];
  /** True when Sluice failed to find the policies of the Gateway or of the route. */
  readonly isUnknown: boolean;
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export function readAttached(reader: Reader, gateway: ObjectName, route: ResourceKey): Attached {
  const ofGateway = readRow(reader, gateway, gatewayKey(gateway));
  const ofRoute = readRow(reader, gateway, route);
  return {
    ofGateway: ofGateway?.policies ?? [],
    ofRoute: ofRoute?.policies ?? [],
    isUnknown: ofGateway?.isUnknown === true || ofRoute?.isUnknown === true,
  };
}

export function readGatewayPolicies(reader: Reader, gateway: ObjectName): readonly AttachedPolicy[] {
  return readRow(reader, gateway, gatewayKey(gateway))?.policies ?? [];
}

function readRow(
  reader: Reader,
  { namespace, name }: ObjectName,
  target: ResourceKey,
): AttachedPoliciesRow | undefined {
  return reader.row('AttachedPolicies', namespace, `${name}/${target}`);
}

function gatewayKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('Gateway', namespace, name);
}

/** Returns true when the policy is in force at the section, or at the whole object. */
export function isInForce({ claims }: AttachedPolicy, section: string | undefined): boolean {
  return claims.some(
    ({ verdict, sectionName }) =>
      verdict === 'inForce' && (sectionName === undefined || sectionName === section),
  );
}

/** Returns true when the policy is in force at its object, or at any section. */
export function isInForceSomewhere({ claims }: AttachedPolicy): boolean {
  return claims.some(({ verdict }) => verdict === 'inForce');
}
