import { compareAddresses, parseAddress, type Address } from '../../kinds/shape/address.ts';
import { infrastructureName } from '../../units/infrastructure-name.ts';
import type { ServiceRow } from '../../kinds/core/service.ts';
import type { Reader } from '../reader.ts';
import type { OurGateway } from '../attach/ownership.ts';
import type { Parameters } from './parameters.ts';

/** Returns the Service of a Gateway's proxies. Sluice makes it, so it is missing at first. */
export function proxyService(
  reader: Reader,
  gateway: OurGateway,
  parameters: Parameters,
): ServiceRow | undefined {
  const name =
    parameters.kind === 'valid' ? parameters.proxy?.provider.kubernetes.envoyService.name : undefined;
  const byDefault = infrastructureName(gateway.name, gateway.gatewayClass);
  return reader.row('Service', gateway.namespace, name ?? byDefault);
}

/** Returns a Service's addresses, sorted, each once: the load balancer's or the cluster's, and the external ones. */
export function serviceAddresses({ spec, status }: ServiceRow): readonly Address[] {
  const found = new Map<string, Address>();
  for (const text of addressTexts(spec, status)) {
    const address = parseAddress(text);
    if (address !== undefined) found.set(address.value, address);
  }
  return [...found.values()].sort(compareAddresses).slice(0, maxAddresses);
}

/** Limit of https://gateway-api.sigs.k8s.io/reference/spec/#gatewaystatus */
const maxAddresses = 16;

function addressTexts(
  { type, clusterIPs = [], externalIPs = [] }: ServiceRow['spec'],
  status: ServiceRow['status'],
): readonly string[] {
  switch (type) {
    case 'ExternalName':
      return [];
    case 'ClusterIP':
    case 'NodePort':
      return [...clusterIPs, ...externalIPs];
    case 'LoadBalancer': {
      const ingress = status?.loadBalancer?.ingress ?? [];
      return [...ingress.flatMap(({ ip = '', hostname = '' }) => [ip, hostname]), ...externalIPs];
    }
  }
}
