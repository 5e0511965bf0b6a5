import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { parseEndpointsName, sourceOf } from '../units/cluster-name.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { unitName } from '../units/unit.ts';
import type { UnitOf } from '../units/unit-def.ts';
import { clusterSources, translateCluster } from './backends/cluster.ts';
import { translateEndpoints } from './backends/endpoints.ts';
import { clusterResource, secretsOf } from './envoy/cluster.ts';
import { loadAssignmentResource } from './envoy/endpoint.ts';
import { localAssignmentResource } from './envoy/local-assignment.ts';
import type { Reader } from './reader.ts';
import { made } from './unit-parts.ts';
import { withoutEndpoints } from './backends/without-endpoints.ts';

export function clusterUnit(unit: UnitOf<'Cluster'>, reader: Reader): UnitOutput {
  const cluster = translateCluster(reader, unit.cluster);
  if (cluster === undefined) return nothing;
  const { endpoints, tls } = cluster;
  return {
    ...nothing,
    resources: [{ ...clusterResource(cluster), madeOf: clusterSources(unit.cluster) }],
    refs: [
      ...secretsOf(tls).map((secret) => unitName(parseSecretName(secret))),
      ...(endpoints === undefined ? [] : [unitName({ kind: 'ClusterLoadAssignment', endpoints })]),
    ],
  };
}

export function assignmentUnit(unit: UnitOf<'ClusterLoadAssignment'>, reader: Reader): UnitOutput {
  const assignment = translateEndpoints(reader, unit.endpoints);
  if (assignment === undefined) return nothing;
  const source = sourceOf(parseEndpointsName(unit.endpoints));
  const resource =
    'localities' in assignment ? localAssignmentResource(assignment) : loadAssignmentResource(assignment);
  return {
    ...nothing,
    resources: made(source, resource),
    notices: 'endpoints' in assignment ? withoutEndpoints(source, assignment.endpoints) : [],
  };
}
