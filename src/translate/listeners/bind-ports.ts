import { containerPorts } from '../../units/container-port.ts';
import type { Reader } from '../reader.ts';
import { isManaged, type OurGateway } from '../attach/ownership.ts';
import { parametersProblem, type Parameters } from '../gateways/parameters.ts';
import { proxyService } from '../gateways/proxy-service.ts';

/**
 * What Envoy binds, by listener port; a port that is not in it is bound as it is written.
 *
 * While the parameters are not known, the Service of the running proxies says where they expect connections: no broken reference
 * may move a listener away from the port that its traffic comes to.
 */
export function bindPorts(
  reader: Reader,
  gateway: OurGateway,
  parameters: Parameters,
): ReadonlyMap<number, number> {
  if (!isManaged(reader)) return asWritten;
  const ports = gateway.listeners.map(({ listener }) => listener.port).filter((port) => port !== 0);
  const byRule = containerPorts(ports);
  if (parametersProblem(parameters) === undefined && parameters.kind === 'valid') {
    const wantsNone = parameters.proxy?.provider.kubernetes.useListenerPortAsContainerPort === true;
    return wantsNone ? asWritten : byRule;
  }
  const running = proxyService(reader, gateway, parameters)?.spec.ports ?? [];
  return new Map([
    ...byRule,
    ...running.flatMap(({ port, targetPort }): [number, number][] =>
      targetPort === undefined ? [] : [[port, targetPort]],
    ),
  ]);
}

const asWritten: ReadonlyMap<number, number> = new Map();
