import { addressesOf, addressProblems, type StatusAddress } from '../../rig/kube/gateway-addresses.ts';
import type { OddService } from '../../rig/objects/odd-service.ts';
import { conditionOf } from '../condition.ts';
import type { KubeObject } from '../../rig/kube/kube-client.ts';

/** Differences between a Gateway's status and the Service before its proxies; empty when none. */
export function addressFaults(object: KubeObject, service: KubeObject | undefined): string[] {
  const { name } = object.metadata;
  if (service === undefined) return [`Gateway ${name}: no Service`];
  const found = (object.status?.['addresses'] ?? []) as readonly StatusAddress[];
  const problems = addressProblems(found);
  const wanted = addressesOf(service as unknown as OddService);
  if (JSON.stringify(pairs(found)) !== JSON.stringify(pairs(wanted)))
    problems.push(`${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`);
  const hasNone = conditionOf(object, 'Programmed')?.reason === 'AddressNotAssigned';
  if (hasNone !== (wanted.length === 0)) problems.push('Programmed says otherwise');
  return problems.map((problem) => `Gateway ${name}: ${problem}`);
}

function pairs(addresses: readonly StatusAddress[]): string[] {
  return addresses.map(({ type, value }) => `${type} ${value}`);
}
