import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { resourceKey } from '../lib/key.ts';
import { backendOf, parseEndpointsName, sourceOf } from '../units/cluster-name.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { unitName } from '../units/unit.ts';
import type { UnitOf } from '../units/unit-def.ts';
import { clusterSources, translateCluster } from './backends/cluster.ts';
import { translateBackendAuthorities } from './backends/cluster-tls.ts';
import { translateEndpoints } from './backends/endpoints.ts';
import { clusterResource, secretsOf } from './envoy/cluster.ts';
import { loadAssignmentResource } from './envoy/endpoint.ts';
import { localAssignmentResource } from './envoy/local-assignment.ts';
import { backendAuthoritiesResource } from './envoy/secret.ts';
import type { Reader } from './reader.ts';
import { made } from './unit-parts.ts';

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
  return { ...nothing, resources: made(source, resource) };
}

export function backendAuthoritiesUnit(
  { namespace, name }: UnitOf<'BackendAuthorities'>,
  reader: Reader,
): UnitOutput {
  const authorities = translateBackendAuthorities(reader, namespace, name);
  if (authorities === undefined) return nothing;
  const backend = backendOf({ service: name });
  const source =
    backend === undefined
      ? resourceKey('BackendTLSPolicy', namespace, name)
      : resourceKey('Backend', namespace, backend);
  return { ...nothing, resources: made(source, backendAuthoritiesResource(authorities)) };
}
