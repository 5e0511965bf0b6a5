import type { TransportPort } from '../../units/unit-def.ts';
import { protocolOf } from '../../units/transport-protocol.ts';
import type { AddressIR } from '../listener-ir.ts';
import type { Reader } from '../reader.ts';
import { isManaged, type OurGateway } from '../attach/ownership.ts';
import { parametersProblem, type Parameters } from '../gateways/parameters.ts';
import { proxyService } from '../gateways/proxy-service.ts';

interface Port extends TransportPort {
  /** Port by rule; see `containerPorts`. */
  readonly containerPort: number;
}

/**
 * Returns the port that Envoy binds. While the parameters are unknown, the Service of the running proxies says where they
 * expect connections, so that a broken reference moves no listener away from its traffic. O(ports of that Service).
 */
export function bindPort(
  reader: Reader,
  gateway: OurGateway,
  parameters: Parameters,
  { transport, port, containerPort }: Port,
): number {
  if (!isManaged(reader)) return port;
  if (parametersProblem(parameters) === undefined && parameters.kind === 'valid') {
    const wantsNone = parameters.proxy?.provider.kubernetes.useListenerPortAsContainerPort === true;
    return wantsNone ? port : containerPort;
  }
  const running = proxyService(reader, gateway, parameters)?.spec.ports ?? [];
  return (
    running.findLast(
      (one) => one.port === port && one.protocol === protocolOf(transport) && one.targetPort !== undefined,
    )?.targetPort ?? containerPort
  );
}

/** Returns the addresses of the proxy at which it takes connections to the port. */
export function boundAt(reader: Reader, gateway: OurGateway, parameters: Parameters, port: Port): AddressIR {
  return {
    bindPort: bindPort(reader, gateway, parameters, port),
    ipFamily: (parameters.kind === 'valid' ? parameters.proxy?.ipFamily : undefined) ?? 'IPv4',
  };
}
