import { settingKey } from '../../kinds/own/settings-key.ts';
import { effectivePortKey, effectivePortName, ourGatewayKey } from '../../units/listener-rows.ts';
import { udpClusterName } from '../../units/udp-cluster-name.ts';
import type { ObjectName, TransportPort } from '../../units/unit-def.ts';
import { listenerName, readOurGateway } from '../attach/ownership.ts';
import { gatewayParameters } from '../gateways/parameters.ts';
import type { UdpListenerIR } from '../listener-ir.ts';
import type { Reader } from '../reader.ts';
import { accessLogs } from './access-log.ts';
import { boundAt } from './bind-port.ts';

/** Makes the Envoy Listener of a UDP port, which depends on no route. */
export function translateUdpListener(
  reader: Reader,
  { namespace, name }: ObjectName,
  port: number,
): UdpListenerIR | undefined {
  const at: TransportPort = { transport: 'udp', port };
  reader.expect([
    settingKey('managedProxies'),
    ourGatewayKey(namespace, name),
    effectivePortKey(namespace, name, at),
  ]);
  const gateway = readOurGateway(reader, namespace, name);
  const row = gateway && reader.row('EffectivePort', namespace, effectivePortName(name, at));
  if (gateway === undefined || row === undefined) return undefined;
  const parameters = gatewayParameters(reader, gateway);
  return {
    name: listenerName(gateway, at),
    port,
    cluster: udpClusterName({ namespace, name, port }),
    accessLogs: accessLogs(reader, gateway, parameters).logs,
    ...boundAt(reader, gateway, parameters, { ...at, containerPort: row.containerPort }),
  };
}
