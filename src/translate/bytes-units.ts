import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { sourceOf } from '../units/cluster-name.ts';
import { unitName } from '../units/unit.ts';
import type { UnitOf } from '../units/unit-def.ts';
import { parseWeightedEndpoints } from '../units/weighted-endpoints.ts';
import { withoutEndpoints } from './backends/without-endpoints.ts';
import { translateWeightedEndpoints } from './backends/endpoints.ts';
import { clusterResource } from './envoy/cluster.ts';
import { weightedAssignmentResource } from './envoy/endpoint.ts';
import { tcpProxyResource } from './envoy/tcp-proxy.ts';
import { sinkClusters } from './listeners/access-log.ts';
import type { Reader } from './reader.ts';
import { translateTcpProxy } from './routes/bytes/tcp-proxy.ts';
import { translateUdpCluster } from './routes/bytes/udp-cluster.ts';
import { clusterRefs, gatewayKey, made } from './unit-parts.ts';

export function tcpProxyUnit(unit: UnitOf<'TcpProxy'>, reader: Reader): UnitOutput {
  const found = translateTcpProxy(reader, unit);
  if (found === undefined) return nothing;
  const { proxy, route: by = gatewayKey(unit), refs } = found;
  const clusters = proxy.backends.flatMap(({ cluster }) => cluster ?? []);
  return {
    ...nothing,
    resources: made(by, tcpProxyResource(proxy)),
    refs: [...refs, ...clusterRefs([...clusters, ...sinkClusters(proxy.accessLogs)])],
  };
}

export function udpClusterUnit(unit: UnitOf<'UdpCluster'>, reader: Reader): UnitOutput {
  const found = translateUdpCluster(reader, unit);
  if (found === undefined) return nothing;
  const { cluster, route: by = gatewayKey(unit), refs } = found;
  const { endpoints } = cluster;
  return {
    ...nothing,
    resources: made(by, clusterResource(cluster)),
    refs: [...refs, unitName({ kind: 'WeightedEndpoints', endpoints })],
  };
}

export function weightedEndpointsUnit(unit: UnitOf<'WeightedEndpoints'>, reader: Reader): UnitOutput {
  const assignment = translateWeightedEndpoints(reader, unit.endpoints);
  const sources = parseWeightedEndpoints(unit.endpoints).backends.map(({ of }) => of && sourceOf(of));
  const madeOf = sources.filter((source) => source !== undefined);
  const notices = assignment.backends.flatMap(({ endpoints }, i) => withoutEndpoints(sources[i], endpoints));
  return { ...nothing, resources: [{ ...weightedAssignmentResource(assignment), madeOf }], notices };
}
