import { ourGatewayKey, effectivePortKey, effectivePortName } from '../../units/listener-rows.ts';
import { type PortListener, type ValidationScope } from '../../kinds/derived/effective-listeners.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { secretName } from '../../units/secret-name.ts';
import type { FilterChainIR, ListenerIR, TerminationIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { accessLogs } from './access-log.ts';
import { bindPort } from './bind-port.ts';
import { anyHostname } from '../../kinds/shape/hostname.ts';
import {
  listenerName,
  readOurGateway,
  routeConfigurationName,
  type OurGateway,
} from '../attach/ownership.ts';
import { gatewayParameters } from '../gateways/parameters.ts';
import { filterSlots } from '../../units/filter-slot.ts';
import { clientAuthorities } from './client-authorities.ts';
import { protocols } from './protocol.ts';
import type { TransportPort } from '../../units/unit-def.ts';
import { listenerCertificates } from './tls.ts';
import { referrerOf } from './referrer.ts';

/** Makes the Envoy Listener of a Gateway's port; undefined when no listener of the port can be served. */
export function translateListener(
  reader: Reader,
  namespace: string,
  name: string,
  at: TransportPort,
): ListenerIR | undefined {
  reader.expect([
    settingKey('managedProxies'),
    ourGatewayKey(namespace, name),
    effectivePortKey(namespace, name, at),
  ]);
  const gateway = readOurGateway(reader, namespace, name);
  const row = gateway && reader.row('EffectivePort', namespace, effectivePortName(name, at));
  if (gateway === undefined || row === undefined) return undefined;
  const filterChains = new Map<string, FilterChainIR>();
  for (const listener of row.listeners) {
    const routeConfiguration = routeConfigurationName(gateway, listener);
    const tls = termination(reader, gateway, listener, row.validation);
    if (tls === 'none') continue;
    filterChains.set(routeConfiguration, {
      name: routeConfiguration,
      serverName: tls === undefined || listener.hostname === anyHostname ? undefined : listener.hostname,
      tls,
      network: { kind: 'http', routeConfiguration },
    });
  }
  if (filterChains.size === 0) return undefined;
  const parameters = gatewayParameters(reader, gateway);
  return {
    name: listenerName(gateway, at),
    port: at.port,
    bindPort: bindPort(reader, gateway, parameters, { ...at, containerPort: row.containerPort }),
    ipFamily: (parameters.kind === 'valid' ? parameters.proxy?.ipFamily : undefined) ?? 'IPv4',
    filterChains: [...filterChains.values()],
    accessLogs: accessLogs(reader, parameters).logs,
    filterSlots,
  };
}

/** `none`: no usable certificate, or no CA for its clients, so no connection is accepted. Undefined: no TLS. */
function termination(
  reader: Reader,
  gateway: OurGateway,
  { set, listener, protocol }: PortListener,
  found: ValidationScope | undefined,
): TerminationIR | 'none' | undefined {
  if (!protocols[protocol].endsTls) return undefined;
  const { secrets } = listenerCertificates(reader, referrerOf(gateway.namespace, set), listener, '');
  if (secrets.length === 0) return 'none';
  const certificates = secrets.map((secret) => secretName({ kind: 'Secret', ...secret }));
  if (found === undefined) return { certificates, clients: undefined };
  if (clientAuthorities(reader, gateway.namespace, found).bundle === '') return 'none';
  const { namespace, name } = gateway;
  return {
    certificates,
    clients: {
      authorities: secretName({ kind: 'ClientAuthorities', namespace, name, scope: found.scope }),
      isRequired: found.validation.mode === 'AllowValidOnly',
    },
  };
}
