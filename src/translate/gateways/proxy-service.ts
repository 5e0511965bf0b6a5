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

export interface ServiceAddress {
  readonly address: Address;
  /** `Cluster` for a ClusterIP; nothing is promised of others. */
  readonly routability: 'Cluster' | '';
  /** Clients are to use it, for the type of the Service. */
  readonly isDefault: boolean;
}

/** Returns a Service's addresses, sorted, each once: the load balancer's, the cluster's, and the external ones. */
export function serviceAddresses({ spec, status }: ServiceRow): readonly ServiceAddress[] {
  const { type, clusterIPs = [], externalIPs = [] } = spec;
  if (type === 'ExternalName') return [];
  const isBalanced = type === 'LoadBalancer';
  const ingress = isBalanced ? (status?.loadBalancer?.ingress ?? []) : [];
  const outside = [...ingress.flatMap(({ ip = '', hostname = '' }) => [ip, hostname]), ...externalIPs];
  const found = new Map<string, ServiceAddress>();
  const add = (texts: readonly string[], rest: Omit<ServiceAddress, 'address'>): void => {
    for (const address of texts.map(parseAddress)) {
      if (address !== undefined && !found.has(address.value)) found.set(address.value, { address, ...rest });
    }
  };
  add(isBalanced ? [] : clusterIPs, { routability: 'Cluster', isDefault: true });
  add(outside, { routability: '', isDefault: true });
  add(clusterIPs, { routability: 'Cluster', isDefault: false });
  return [...found.values()].sort((a, b) => compareAddresses(a.address, b.address));
}
