import { effectiveListenersKey } from '../../kinds/derived/effective-listeners.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { secretName } from '../../units/secret-name.ts';
import type { FilterChainIR, ListenerIR, TerminationIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { accessLogs } from './access-log.ts';
import { bindPorts } from './bind-ports.ts';
import { anyHostname } from '../attach/hostname.ts';
import {
  listenerName,
  readOurGateway,
  routeConfigurationName,
  type OurGateway,
} from '../attach/ownership.ts';
import { gatewayParameters } from '../gateways/parameters.ts';
import { filterSlots } from '../../units/filter-slot.ts';
import { clientAuthorities, validationAt } from './client-authorities.ts';
import type { ServedListener } from './listener.ts';
import { protocols } from './protocol.ts';
import { listenerCertificates } from './tls.ts';

/** The Envoy Listener of a Gateway's port, or undefined when no listener of the port can be served. */
export function translateListener(
  reader: Reader,
  namespace: string,
  name: string,
  port: number,
): ListenerIR | undefined {
  reader.expect([
    settingKey('controllerName'),
    settingKey('managedProxies'),
    effectiveListenersKey(namespace, name),
  ]);
  const gateway = readOurGateway(reader, namespace, name);
  const states = gateway?.ports.get(port)?.values();
  if (gateway === undefined || states === undefined) return undefined;
  const filterChains = new Map<string, FilterChainIR>();
  for (const state of states) {
    const routeConfiguration = routeConfigurationName(gateway, state);
    const tls = termination(reader, gateway, state);
    if (tls === 'none') continue;
    filterChains.set(routeConfiguration, {
      name: routeConfiguration,
      serverName: tls === undefined || state.hostname === anyHostname ? undefined : state.hostname,
      tls,
      network: { kind: 'http', routeConfiguration },
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
    filterSlots,
  };
}

/**
 * How the listener's TLS ends here; undefined: it has none. `none`: no certificate of its own can be had, or none to judge
 * clients by, and then nobody is let in.
 */
function termination(
  reader: Reader,
  gateway: OurGateway,
  state: ServedListener,
): TerminationIR | 'none' | undefined {
  if (protocols[state.protocol].security === 'cleartext') return undefined;
  const { secrets } = listenerCertificates(reader, gateway, state);
  if (secrets.length === 0) return 'none';
  const certificates = secrets.map((secret) => secretName({ kind: 'Secret', ...secret }));
  const found = validationAt(gateway.frontend, state.listener.port);
  if (found === undefined) return { certificates, clients: undefined };
  if (clientAuthorities(reader, gateway, found).bundle === '') return 'none';
  const { namespace, name } = gateway;
  return {
    certificates,
    clients: {
      authorities: secretName({ kind: 'ClientAuthorities', namespace, name, scope: found.scope }),
      isRequired: found.validation.mode === 'AllowValidOnly',
    },
  };
}
