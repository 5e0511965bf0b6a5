import type { ObjectName } from '../../../units/unit-def.ts';
import type { PlaceOwner } from '../../attach/places.ts';
import type { LimitIR, LimitsIR } from '../../limit-ir.ts';
import { hasOwnChain } from '../../listeners/protocol.ts';
import type { Reader } from '../../reader.ts';
import { policyAbove } from '../attachment/effective.ts';
import type { Attached } from '../attachment/in-force.ts';
import { listenerSection } from '../attachment/listener-section.ts';
import { portClients } from './listener-clients.ts';
import { policyKey, readClientPolicy } from './port-policies.ts';

/**
 * Returns limits whose answers have no headers about them, where the listener's ClientTrafficPolicy asks for that; a rule's
 * own setting wins. Reads nothing for a Gateway without such a policy; for listeners that share HTTP settings costs
 * O(listeners of the port).
 */
export function limitsAt(
  reader: Reader,
  gateway: ObjectName,
  attached: Attached,
  owner: PlaceOwner,
  limits: LimitsIR | undefined,
): LimitsIR | undefined {
  if (limits === undefined || !hidesHeaders(reader, gateway, attached, owner)) return limits;
  const { rules, rest } = limits;
  return { ...limits, rules: rules.map(withoutHeaders), rest: rest && withoutHeaders(rest) };
}

function withoutHeaders(limit: LimitIR): LimitIR {
  return { ...limit, headers: limit.headers ?? 'Off' };
}

function hidesHeaders(reader: Reader, gateway: ObjectName, attached: Attached, owner: PlaceOwner): boolean {
  const ofListener = policyAbove(attached, 'ClientTrafficPolicy', listenerSection(owner));
  if (ofListener === undefined) return false;
  if (hasOwnChain(owner)) {
    reader.expect([policyKey(ofListener)]);
    const row = readClientPolicy(reader, ofListener);
    return row?.spec.headers?.disableRateLimitHeaders === true;
  }
  const spec = portClients(reader, gateway, { transport: 'tcp', port: owner.listener.port })?.ofPort?.spec;
  return spec !== undefined && spec !== 'invalid' && spec.headers?.disableRateLimitHeaders === true;
}
