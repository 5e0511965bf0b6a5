import type { AttachedPoliciesRow, AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { resourceKey, type ResourceKey } from '../../../lib/key.ts';
import type { Reader } from '../../reader.ts';

/** The policies of a Gateway, and those of one of its routes. */
export interface Attached {
  readonly ofGateway: readonly AttachedPolicy[];
  readonly ofRoute: readonly AttachedPolicy[];
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Reads `attachedPoliciesKeys`. */
export function readAttached(reader: Reader, gateway: ObjectName, route: ResourceKey): Attached {
  return { ofGateway: readGatewayPolicies(reader, gateway), ofRoute: policiesOf(reader, gateway, route) };
}

export function readGatewayPolicies(reader: Reader, gateway: ObjectName): readonly AttachedPolicy[] {
  return policiesOf(reader, gateway, resourceKey('Gateway', gateway.namespace, gateway.name));
}

function policiesOf(reader: Reader, { namespace, name }: ObjectName, target: ResourceKey) {
  const row: AttachedPoliciesRow | undefined = reader.row('AttachedPolicies', namespace, `${name}/${target}`);
  return row?.policies ?? [];
}

/** Returns true for a policy that is in force at a section of its object, or at all of it. */
export function isInForce({ claims }: AttachedPolicy, section: string | undefined): boolean {
  return claims.some(
    ({ verdict, sectionName }) =>
      verdict === 'inForce' && (sectionName === undefined || sectionName === section),
  );
}

/** Returns true for a policy that is in force at its object, or at any section of it. */
export function isInForceSomewhere({ claims }: AttachedPolicy): boolean {
  return claims.some(({ verdict }) => verdict === 'inForce');
}
