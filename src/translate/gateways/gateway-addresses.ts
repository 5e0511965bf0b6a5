import { parseAddress, type Address } from '../../kinds/shape/address.ts';
import type { Reader } from '../reader.ts';
import type { WholeGateway } from '../attach/ownership.ts';
import type { Parameters } from './parameters.ts';
import { proxyService, serviceAddresses } from './proxy-service.ts';

export interface GatewayAddresses {
  readonly addresses: readonly Address[];
  readonly problem:
    | { readonly reason: 'AddressNotAssigned' | 'AddressNotUsable'; readonly message: string }
    | undefined;
}

export function gatewayAddresses(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
): GatewayAddresses {
  const service = proxyService(reader, gateway, parameters);
  const addresses = service === undefined ? [] : serviceAddresses(service);
  return { addresses, problem: problem(gateway, addresses) };
}

/** An address without a value is any: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayconditionreason */
function problem(gateway: WholeGateway, addresses: readonly Address[]): GatewayAddresses['problem'] {
  const assigned = new Set(addresses.map(({ value }) => value));
  const missing = gateway.row.spec.addresses.flatMap(({ value = '' }, i) =>
    value === '' || assigned.has(parseAddress(value)?.value ?? '') ? [] : [`spec.addresses[${i}].value`],
  );
  if (missing.length > 0) {
    const message = `${missing.join(', ')}: the Service of the proxies does not have this address; external IPs must be in provider.kubernetes.infrastructure.externalIPs of the config file`;
    return { reason: 'AddressNotUsable', message };
  }
  if (addresses.length > 0) return undefined;
  return { reason: 'AddressNotAssigned', message: 'the Service of the proxies has no address yet' };
}
