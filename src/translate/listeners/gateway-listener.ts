import type { FilterChainIR, ListenerIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { accessLogs } from './access-log.ts';
import { bindPorts } from './bind-ports.ts';
import { listenerName, readOurGateway, routeConfigurationName } from '../attach/ownership.ts';
import { gatewayParameters } from '../gateways/parameters.ts';
import { gatewayExtensions, routesSuffix } from '../policies/plugins.ts';
import { listenerCertificates } from './tls.ts';

/** The Envoy Listener of a Gateway's port, or undefined when no listener of the port can be served. */
export function translateListener(
  reader: Reader,
  namespace: string,
  name: string,
  port: number,
): ListenerIR | undefined {
  const gateway = readOurGateway(reader, namespace, name);
  const states = gateway?.served.filter((state) => state.listener.port === port) ?? [];
  if (gateway === undefined || states.length === 0) return undefined;
  const extensions = gatewayExtensions(reader, gateway);
  const suffix = routesSuffix(extensions);
  const filterChains = new Map<string, FilterChainIR>();
  for (const state of states) {
    const routeConfiguration = `${routeConfigurationName(gateway, state)}${suffix}`;
    if (state.protocol === 'HTTP') {
      filterChains.set(routeConfiguration, { routeConfiguration, serverName: undefined, secrets: [] });
      continue;
    }
    const { secrets } = listenerCertificates(reader, gateway, state);
    if (secrets.length === 0) continue;
    filterChains.set(routeConfiguration, {
      routeConfiguration,
      serverName: state.hostname === '*' ? undefined : state.hostname,
      secrets: secrets.map((secret) => `${secret.namespace}/${secret.name}`),
    });
  }
  if (filterChains.size === 0) return undefined;
  // Sorted, since the order of a Gateway's listeners means nothing to Envoy and a change of it would drain connections.
  const sorted = [...filterChains.keys()].sort().flatMap((key) => filterChains.get(key) ?? []);
  const parameters = gatewayParameters(reader, gateway);
  return {
    name: listenerName(gateway, port),
    port,
    bindPort: bindPorts(reader, gateway, parameters).get(port) ?? port,
    ipFamily: (parameters.kind === 'valid' ? parameters.proxy?.ipFamily : undefined) ?? 'IPv4',
    filterChains: sorted,
    accessLogs: accessLogs(reader, parameters).logs,
    extensions,
  };
}
