import { condition, type Condition } from './conditions.ts';
import { isServed } from './listener.ts';
import type { OurGateway } from './ownership.ts';
import type { Parameters } from './parameters.ts';

/**
 * The condition `Accepted` of a Gateway. One good listener is enough for it:
 * https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec
 */
export function acceptedCondition(gateway: OurGateway, parameters: Parameters): Condition {
  const { generation } = gateway.row.metadata;
  if (parameters.kind === 'invalid') {
    return condition('Accepted', 'False', generation, 'InvalidParameters', parameters.message);
  }
  const address = gateway.row.spec.addresses.findIndex(({ type }) => !addressTypes.has(type));
  if (address >= 0) {
    const message = `spec.addresses[${address}].type: must be IPAddress or Hostname`;
    return condition('Accepted', 'False', generation, 'UnsupportedAddress', message);
  }
  const refused = gateway.listeners.filter((state) => !isServed(state)).map((state) => state.listener.name);
  if (refused.length === 0) {
    return condition('Accepted', 'True', generation, 'Accepted', 'every listener is accepted');
  }
  const accepted = gateway.served.map((state) => state.listener.name);
  const status = accepted.length > 0 ? 'True' : 'False';
  const rest = accepted.length > 0 ? accepted.join(', ') : 'none';
  const message = `not accepted: listener ${refused.join(', ')} (see its conditions); accepted: ${rest}`;
  return condition('Accepted', status, generation, 'ListenersNotValid', message);
}

const addressTypes = new Set(['IPAddress', 'Hostname']);
