import type { NamedListener } from '../../../kinds/derived/effective-listeners.ts';
import type { ClientSpec } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import type { ObjectName, TransportPort } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import { hasOwnChain } from '../../listeners/protocol.ts';
import { faultsOf } from './faults.ts';
import { nameOf, policyKey, portPolicies, readClientPolicy, type PortPolicies } from './port-policies.ts';

/** A policy in force. */
export interface ClientPolicy extends ObjectName {
  /** `invalid`: what it is for gets no service. */
  readonly spec: ClientSpec | 'invalid';
}

/** Policies that shape a port of Envoy. */
export interface PortClients {
  readonly ofPort: ClientPolicy | undefined;
  /** Returns the policy of the listeners that a filter chain serves, and their hostnames. */
  readonly ofChain: (listener: ChainListener) => ChainClients;
  /** Returns the policy of the one listener of a hostname, where each has a filter chain of its own. */
  readonly ofHostname: (hostname: string) => ClientPolicy | undefined;
  /** In order of name. */
  readonly all: readonly ObjectName[];
}

type ChainListener = Pick<NamedListener, 'hostname' | 'protocol'>;

export interface ChainClients {
  readonly policy: ClientPolicy | undefined;
  readonly hostnames: readonly string[];
}

/** Reads the policies of a port; undefined: none. Costs O(listeners of the port), and one row for each policy. */
export function portClients(reader: Reader, gateway: ObjectName, at: TransportPort): PortClients | undefined {
  const found = portPolicies(reader, gateway, at);
  if (found === undefined) return undefined;
  const { ofPort, ofListeners } = found;
  const inForce = new Map(policiesOf(found).map((policy) => [nameOf(policy), policy]));
  reader.expect([...inForce.values()].map(policyKey));
  const read = new Map([...inForce].map(([key, policy]) => [key, readPolicy(reader, policy)]));
  const byName = (policy: ObjectName | undefined) => policy && read.get(nameOf(policy));
  const byHostname = new Map([...ofListeners].map(([listener, policy]) => [listener.hostname, policy]));
  const hostnames = [...ofListeners.keys()].map(({ hostname }) => hostname);
  return {
    ofPort: byName(ofPort),
    ofHostname: (hostname) => byName(byHostname.get(hostname)),
    ofChain: (listener) =>
      hasOwnChain(listener)
        ? { policy: byName(byHostname.get(listener.hostname)), hostnames: [listener.hostname] }
        : { policy: byName(ofPort), hostnames },
    all: [...inForce.keys()].sort().flatMap((key) => inForce.get(key) ?? []),
  };
}

/** Returns the policies that shape something: not those of listeners that share their settings with others. */
function policiesOf({ ofPort, ofListeners }: PortPolicies): ObjectName[] {
  const ofChains = [...ofListeners].flatMap(([listener, policy]) => (hasOwnChain(listener) ? policy : []));
  return [ofPort, ...ofChains].flatMap((policy) => policy ?? []);
}

function readPolicy(reader: Reader, { namespace, name }: ObjectName): ClientPolicy | undefined {
  const row = readClientPolicy(reader, { namespace, name });
  if (row === undefined) return undefined;
  return { namespace, name, spec: faultsOf(namespace, row).length > 0 ? 'invalid' : row.spec };
}
