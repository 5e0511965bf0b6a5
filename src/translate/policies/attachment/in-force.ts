import type { AttachedPoliciesRow, AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import { resourceKey, type ResourceKey } from '../../../lib/key.ts';
import type { ListenerParent } from '../../../kinds/indexes.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';

export interface Attached {
  readonly ofGateway: readonly AttachedPolicy[];
  /** By `namespace/name` of the ListenerSets by which the route reaches the Gateway. */
  readonly ofSets: ReadonlyMap<string, readonly AttachedPolicy[]>;
  readonly ofRoute: readonly AttachedPolicy[];
  /** True when Sluice failed to find the policies of the Gateway, of a ListenerSet or of the route. */
  readonly isUnknown: boolean;
}

/** Lists the policies of a Gateway, of ListenerSets and of a route. */
export function allPolicies({
  ofGateway,
  ofSets,
  ofRoute,
}: Pick<Attached, 'ofGateway' | 'ofSets' | 'ofRoute'>): AttachedPolicy[] {
  return [...ofGateway, ...[...ofSets.values()].flat(), ...ofRoute];
}

/** Reads the policies of a route at a Gateway, to which it comes directly and by `sets`. Costs O(sets). */
export function readAttached(
  reader: Reader,
  gateway: ObjectName,
  route: ResourceKey,
  sets: readonly ObjectName[],
): Attached {
  const ofGateway = readRow(reader, gateway, gatewayKey(gateway));
  const ofSets = sets.map((set) => [setName(set), readRow(reader, gateway, setKey(set))] as const);
  const ofRoute = readRow(reader, gateway, route);
  const rows = [ofGateway, ...ofSets.map(([, row]) => row), ofRoute];
  return {
    ofGateway: ofGateway?.policies ?? [],
    ofSets: new Map(ofSets.map(([name, row]) => [name, row?.policies ?? []])),
    ofRoute: ofRoute?.policies ?? [],
    isUnknown: rows.some((row) => row?.isUnknown === true),
  };
}

/** Returns the policies of a Gateway or of one of its ListenerSets. */
export function readParentPolicies(reader: Reader, parent: ListenerParent): readonly AttachedPolicy[] {
  const target = parent.set === undefined ? gatewayKey(parent) : setKey(parent.set);
  return readRow(reader, parent, target)?.policies ?? [];
}

function readRow(
  reader: Reader,
  { namespace, name }: ObjectName,
  target: ResourceKey,
): AttachedPoliciesRow | undefined {
  return reader.row('AttachedPolicies', namespace, `${name}/${target}`);
}

/** Returns the key of `Attached.ofSets`. */
export function setName({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function gatewayKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('Gateway', namespace, name);
}

function setKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('ListenerSet', namespace, name);
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
