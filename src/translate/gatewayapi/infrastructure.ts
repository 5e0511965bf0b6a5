import { containerPorts } from '../../resource/container-port.ts';
import type { EnvoyProxyRow } from '../../resource/envoy-proxy.ts';
import { infrastructureName } from '../../resource/infrastructure-name.ts';
import type { InfrastructurePort, WantedInfrastructure } from '../../resource/infrastructure.ts';
import { parseIPv4, parseIPv6 } from '../../resource/ip.ts';
import type { Reader } from '../reader.ts';
import { acceptedCondition } from './acceptance.ts';
import { readOurGateway, type OurGateway } from './ownership.ts';
import { gatewayParameters } from './parameters.ts';

/** What a Gateway's proxies are to run as; undefined when they are none of Sluice's business. */
export function translateInfrastructure(
  reader: Reader,
  namespace: string,
  name: string,
): WantedInfrastructure | undefined {
  const gateway = readOurGateway(reader, namespace, name);
  if (gateway === undefined || reader.row('Settings', '', 'sluice')?.managedProxies !== true)
    return undefined;
  const parameters = gatewayParameters(reader, gateway);
  if (parameters.kind === 'invalid') return { kind: 'keep' };
  if (acceptedCondition(gateway, parameters).status !== 'True') return { kind: 'keep' };
  const { gatewayClassName, infrastructure, addresses } = gateway.row.spec;
  return {
    kind: 'run',
    infrastructure: {
      namespace,
      gateway: name,
      gatewayUid: gateway.row.metadata.uid,
      gatewayClass: gatewayClassName,
      name: infrastructureName(name, gatewayClassName),
      labels: infrastructure.labels,
      annotations: infrastructure.annotations,
      ports: infrastructurePorts(gateway, parameters.proxy),
      addresses: addresses.flatMap(({ value = '' }) => (isIP(value) ? [value] : [])),
      proxy: parameters.proxy,
    },
  };
}

/** A port is there as long as a listener is served on it, with a certificate or without. */
function infrastructurePorts(
  gateway: OurGateway,
  proxy: EnvoyProxyRow['spec'] | undefined,
): InfrastructurePort[] {
  const bound = proxyPorts(gateway, proxy);
  const protocols = new Map(gateway.served.map(({ listener, protocol }) => [listener.port, protocol]));
  return [...protocols]
    .sort(([a], [b]) => a - b)
    .map(([port, protocol]) => ({
      name: `${protocol.toLowerCase()}-${port}`,
      port,
      containerPort: bound.get(port) ?? port,
    }));
}

/** What Envoy binds, by listener port. */
function proxyPorts(
  gateway: OurGateway,
  proxy: EnvoyProxyRow['spec'] | undefined,
): ReadonlyMap<number, number> {
  if (proxy?.provider.kubernetes.useListenerPortAsContainerPort === true) return new Map();
  return containerPorts(gateway.row.spec.listeners.map((listener) => listener.port));
}

function isIP(text: string): boolean {
  return parseIPv4(text) !== undefined || parseIPv6(text) !== undefined;
}
