import type { UnitName } from '../../../lib/key.ts';
import { gatewayPoliciesKey } from '../../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import { tcpProxyName } from '../../../units/tcp-proxy-name.ts';
import type { TransportPort, UnitFields } from '../../../units/unit-def.ts';
import type { ResourceKey } from '../../../lib/key.ts';
import { backendPlace } from '../../backends/backend-ref.ts';
import { readOurGateway, type OurGateway } from '../../attach/ownership.ts';
import { gatewayParameters } from '../../gateways/parameters.ts';
import type { TcpProxyIR } from '../../listener-ir.ts';
import { accessLogs } from '../../listeners/access-log.ts';
import { portClients } from '../../policies/client-traffic/listener-clients.ts';
import { clusterOf } from '../../policies/traffic/cluster-settings.ts';
import { fieldsOfRequests } from '../../policies/traffic/cluster-traffic.ts';
import type { Reader } from '../../reader.ts';
import { readBackends } from './backends.ts';
import { decidingRoute, type Deciding } from './deciding-route.ts';

export interface TcpProxy {
  readonly proxy: TcpProxyIR;
  readonly route: ResourceKey | undefined;
  readonly refs: readonly UnitName[];
}

/**
 * Makes the filter that forwards the connections of a server name to the backends of the route that serves it. Without a
 * route or a valid backend it closes them. Costs O(routes of the name + backends of one).
 */
export function translateTcpProxy(reader: Reader, unit: UnitFields['TcpProxy']): TcpProxy | undefined {
  reader.expect([ourGatewayKey(unit.namespace, unit.name), gatewayPoliciesKey(unit)]);
  const gateway = readOurGateway(reader, unit.namespace, unit.name);
  if (gateway === undefined) return undefined;
  const parameters = gatewayParameters(reader, gateway);
  const { port, hostname } = unit;
  const deciding = decidingRoute(reader, gateway, { transport: 'tcp', port }, hostname);
  const { backends, traffic } = readBackends(
    reader,
    gateway,
    deciding,
    backendPlace(reader, gateway),
    unit.policy,
  );
  const balancer = traffic?.spec.loadBalancer;
  const proxy: TcpProxyIR = {
    name: tcpProxyName(unit),
    statPrefix: `tcp-${port}`,
    backends: backends.map(({ cluster, weight }) => ({
      cluster: cluster && traffic ? clusterOf(reader, traffic, cluster) : cluster,
      weight,
    })),
    hashesSource: balancer?.type === 'ConsistentHash' && fieldsOfRequests(balancer, 'tcp').length === 0,
    accessLogs: accessLogs(reader, gateway, parameters).logs.route,
    idleMs: idleTimeout(reader, gateway, { transport: 'tcp', port }, deciding),
  };
  return { proxy, route: deciding.first?.route, refs: deciding.refs };
}

/** Returns the time without a byte after which a connection ends, as the policy of the route's listener says. */
function idleTimeout(
  reader: Reader,
  gateway: OurGateway,
  at: TransportPort,
  { first }: Deciding,
): number | undefined {
  if (first === undefined) return undefined;
  const spec = portClients(reader, gateway, at)?.ofHostname(first.listener.hostname)?.spec;
  return spec === 'invalid' ? undefined : spec?.timeout?.tcp?.idleTimeout;
}
