import { parseAddress } from '../../kinds/shape/address.ts';
import { infrastructureName } from '../../units/infrastructure-name.ts';
import type {
  Infrastructure,
  InfrastructurePort,
  WantedInfrastructure,
} from '../../kinds/own/infrastructure.ts';
import type { Reader } from '../reader.ts';
import { acceptedCondition } from './acceptance.ts';
import { sentinel } from './gateway-addresses.ts';
import { proxyService } from './proxy-service.ts';
import { bindPort } from '../listeners/bind-port.ts';
import { protocolOf } from '../../units/transport-protocol.ts';
import { compareText } from '../attach/compare-text.ts';
import { isServed } from '../listeners/listener.ts';
import { byPort, placeOf } from '../listeners/protocol.ts';
import { isManaged, readWholeGateway, type WholeGateway } from '../attach/ownership.ts';
import { gatewayParameters, type Parameters } from './parameters.ts';

/** Describes the proxies of a Gateway; undefined when Sluice does not run them. */
export function translateInfrastructure(
  reader: Reader,
  namespace: string,
  name: string,
): WantedInfrastructure | undefined {
  const gateway = readWholeGateway(reader, namespace, name);
  if (gateway === undefined || !isManaged(reader)) return undefined;
  const parameters = gatewayParameters(reader, gateway);
  if (parameters.kind === 'invalid') return { kind: 'keep' };
  // Ignores certificates and servers of logs: a change of these must not restart proxies, and a process that runs proxies
  // alone does not read them.
  const listeners = gateway.listeners.map((state) => ({
    name: state.listener.name,
    isAccepted: isServed(state),
  }));
  if (acceptedCondition(gateway, parameters, listeners, noTelemetry).status !== 'True')
    return { kind: 'keep' };
  const { gatewayClassName, infrastructure } = gateway.row.spec;
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
      ports: infrastructurePorts(reader, gateway, parameters),
      ...wantedAddresses(reader, gateway, parameters),
      proxy: parameters.proxy,
    },
  };
}

const noTelemetry = { faults: [], leftOut: [] };

/** A Gateway whose addresses are all of the cluster is not to be reached from outside. */
function wantedAddresses(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
): Pick<Infrastructure, 'addresses' | 'isClusterOnly' | 'clusterIP'> {
  const { addresses } = gateway.row.spec;
  const [external, internal] = [false, true].map((isInternal) =>
    addresses
      .filter(({ routability }) => (routability === 'Cluster') === isInternal)
      .filter(({ routability }) => ['', 'Cluster', sentinel].includes(routability))
      .flatMap(({ value = '' }) => {
        const address = parseAddress(value);
        return address?.type === 'IPAddress' ? [address.value] : [];
      }),
  );
  const isClusterOnly =
    addresses.length > 0 && addresses.every(({ routability }) => routability === 'Cluster');
  const [clusterIP] = internal ?? [];
  return {
    addresses: external ?? [],
    ...(isClusterOnly ? { isClusterOnly } : {}),
    ...(clusterIP === undefined || hasOtherClusterIP(reader, gateway, parameters, clusterIP)
      ? {}
      : { clusterIP }),
  };
}

/** The ClusterIP of a Service never changes: the API server refuses a Service that asks for another. */
function hasOtherClusterIP(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
  clusterIP: string,
): boolean {
  const service = proxyService(reader, gateway, parameters);
  return service !== undefined && service.spec.clusterIPs?.includes(clusterIP) !== true;
}

/** Keeps a port while a listener is served on it, with or without a certificate. */
function infrastructurePorts(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
): InfrastructurePort[] {
  return byPort(gateway.served)
    .flatMap((states) => states.at(-1) ?? [])
    .map((state) => ({ ...placeOf(state), state }))
    .sort((a, b) => a.port - b.port || compareText(a.transport, b.transport))
    .map(({ transport, port, state: { listener, containerPort } }) => ({
      name: `${listener.protocol.toLowerCase()}-${port}`,
      protocol: protocolOf(transport),
      port,
      containerPort: bindPort(reader, gateway, parameters, { transport, port, containerPort }),
    }));
}
