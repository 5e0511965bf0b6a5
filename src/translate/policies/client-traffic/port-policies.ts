import type { AttachedPolicy } from '../../../kinds/derived/attached-policies.ts';
import type { NamedListener } from '../../../kinds/derived/effective-listeners.ts';
import type { ClientTrafficPolicyRow } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import { resourceKey, type ResourceKey } from '../../../lib/key.ts';
import { gatewayPoliciesKey } from '../../../units/attached-policies-key.ts';
import { effectivePortName, portNamesKey } from '../../../units/listener-rows.ts';
import type { ObjectName, TransportPort } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import { mostSpecific } from '../attachment/effective.ts';
import { isInForceSomewhere, readParentPolicies } from '../attachment/in-force.ts';

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
 * Gateway has such a policy.
 */
export function portPolicies(
  reader: Reader,
  gateway: ObjectName,
  at: TransportPort,
): PortPolicies | undefined {
  const { namespace, name } = gateway;
  const policies = expectPolicies(reader, gateway, [at]);
  if (policies.length === 0) return undefined;
  const listeners = reader.row('PortNames', namespace, effectivePortName(name, at))?.listeners ?? [];
  const ofListeners = new Map(
    listeners.map((one) => [
      one,
      mostSpecific(policies, kind, one.set === undefined ? one.listener.name : undefined),
    ]),
  );
  const names = new Set([...ofListeners.values()].map((policy) => policy && nameOf(policy)));
  const [first] = ofListeners.values();
  return { ofListeners, ofPort: names.size === 1 ? first : mostSpecific(policies, kind, undefined) };
}

/** Announces the rows by which policies at these ports are found, in one round for all. Returns those of the Gateway. */
export function expectPolicies(
  reader: Reader,
  gateway: ObjectName,
  ports: readonly TransportPort[],
): readonly AttachedPolicy[] {
  const { namespace, name } = gateway;
  reader.expect([gatewayPoliciesKey(gateway)]);
  const policies = readParentPolicies(reader, { namespace, name }).filter(
    (policy) => policy.kind === kind && isInForceSomewhere(policy),
  );
  if (policies.length === 0) return [];
  reader.expect(ports.map((at) => portNamesKey(namespace, name, at)));
  return policies;
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
