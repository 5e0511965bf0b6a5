import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { NamedListener } from '../../../kinds/derived/effective-listeners.ts';
import type { ClientTrafficPolicyRow } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import { resourceKey, splitResourceKey, type ReadKey, type ResourceKey } from '../../../lib/key.ts';
import { gatewayPoliciesKey, splitAttachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import { effectivePortName, portNamesKey } from '../../../units/listener-rows.ts';
import type { ObjectName, TransportPort } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import { policiesBelow } from '../../../kinds/indexes.ts';
import { mostSpecific, policyAbove } from '../attachment/effective.ts';
import {
  allPolicies,
  isInForceSomewhere,
  readParentPolicies,
  setName,
  type Attached,
} from '../attachment/in-force.ts';
import { listenerSection } from '../attachment/listener-section.ts';

const kind = 'ClientTrafficPolicy';

export interface PortPolicies {
  /** Policy for what the listeners of the port share: the socket, and HTTP where Envoy tells them apart by Host. */
  readonly ofPort: ObjectName | undefined;
  /** Policies in force at each listener, by itself. */
  readonly ofListeners: ReadonlyMap<NamedListener, ObjectName | undefined>;
}

/**
 * Returns the ClientTrafficPolicies at a port; undefined: none. What listeners share, the policy of the whole Gateway
 * decides, unless all of them have the same: never the order of listeners. Costs O(listeners of the port) where the
 * Gateway or one of its ListenerSets has such a policy.
 */
export function portPolicies(
  reader: Reader,
  gateway: ObjectName,
  at: TransportPort,
): PortPolicies | undefined {
  const { namespace, name } = gateway;
  const above = expectPolicies(reader, gateway, [at]);
  if (above.all.length === 0) return undefined;
  const listeners = reader.row('PortNames', namespace, effectivePortName(name, at))?.listeners ?? [];
  const ofListeners = new Map(listeners.map((one) => [one, policyAbove(above, kind, listenerSection(one))]));
  const names = new Set([...ofListeners.values()].map((policy) => policy && nameOf(policy)));
  const [first] = ofListeners.values();
  return { ofListeners, ofPort: names.size === 1 ? first : mostSpecific(above.ofGateway, kind, undefined) };
}

export interface PoliciesAbovePorts extends Pick<Attached, 'ofGateway' | 'ofSets'> {
  readonly all: readonly AttachedPolicy[];
}

/**
 * Announces the rows by which policies at these ports are found, in one round for all. Returns those of the Gateway and
 * of its ListenerSets. Costs O(ListenerSets with such a policy).
 */
export function expectPolicies(
  reader: Reader,
  { namespace, name }: ObjectName,
  ports: readonly TransportPort[],
): PoliciesAbovePorts {
  const below = policiesBelow(kind, { namespace, name }, undefined, 'overrides');
  reader.expect(clientPolicyKeys({ namespace, name }));
  const ofGateway = inForce(readParentPolicies(reader, { namespace, name }));
  // No route is a target of the kind, so all of these are rows of ListenerSets.
  const keys = reader.index(below);
  reader.expect(keys);
  const ofSets = new Map(
    keys.map((key) => {
      const set = splitResourceKey(splitAttachedPoliciesKey(key).target);
      return [setName(set), inForce(readParentPolicies(reader, { namespace, name, set }))];
    }),
  );
  const all = allPolicies({ ofGateway, ofSets, ofRoute: [] });
  if (all.length > 0) reader.expect(ports.map((at) => portNamesKey(namespace, name, at)));
  return { ofGateway, ofSets, all };
}

/** Lists the first keys that {@link expectPolicies} reads. */
export function clientPolicyKeys(gateway: ObjectName): ReadKey[] {
  return [gatewayPoliciesKey(gateway), policiesBelow(kind, gateway, undefined, 'overrides')];
}

function inForce(policies: readonly AttachedPolicy[]): AttachedPolicy[] {
  return policies.filter((policy) => policy.kind === kind && isInForceSomewhere(policy));
}

export function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

export function policyKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey(kind, namespace, name);
}

export function readClientPolicy(
  reader: Reader,
  { namespace, name }: ObjectName,
): ClientTrafficPolicyRow | undefined {
  return reader.row(kind, namespace, name);
}
