import { backendOf, parseClusterName, sourceOf } from '../units/cluster-name.ts';
import { fallbackMembers } from '../units/fallback-name.ts';
import type { ClusterJson, EndpointsJson, RouteActionJson } from './envoy-json.ts';
import type { InForce } from './in-force.ts';

/** Where a share of the requests of a route goes. */
export interface BackendAnswer {
  /** Undefined: the backendRef is invalid, and its share gets an error. */
  readonly cluster: string | undefined;
  /** `Service/namespace/name`, or a Backend. */
  readonly object: string | undefined;
  /** 0: the endpoints have ports of their own. */
  readonly port: number;
  /** Share of the requests of the route, from 0 to 1. */
  readonly share: number;
  readonly isTls: boolean;
  /** Undefined: Envoy looks them up by itself, or does not have them yet. */
  readonly endpoints: EndpointCounts | undefined;
  /** Object that takes over when this one fails. */
  readonly isFallback: boolean;
}

export interface EndpointCounts {
  readonly ready: number;
  readonly notReady: number;
  readonly zones: readonly string[];
}

/** Costs the clusters of one route, and their endpoints. */
export async function backendsOf(
  inForce: InForce,
  gateway: string,
  action: RouteActionJson,
): Promise<readonly BackendAnswer[]> {
  const shares = sharesOf(action);
  const names = shares.flatMap(({ name }) => fallbackMembers(name) ?? [name]);
  const clusters = byName(await inForce.clusters(gateway, names));
  const services = [...clusters.values()].flatMap(
    ({ edsClusterConfig }) => edsClusterConfig?.serviceName ?? [],
  );
  const assignments = new Map(
    (await inForce.endpoints(gateway, services)).map((one) => [one.clusterName, one]),
  );
  return shares.flatMap(({ name, share }) =>
    (fallbackMembers(name) ?? [name]).map((member, i) =>
      backendAnswer(member, i > 0 ? 0 : share, i > 0, clusters.get(member), assignments),
    ),
  );
}

/** Names of clusters that get copies of requests. */
export function mirrorsOf({ requestMirrorPolicies = [] }: RouteActionJson): string[] {
  return requestMirrorPolicies.map(({ cluster }) => cluster);
}

function sharesOf({ cluster, weightedClusters }: RouteActionJson): { name: string; share: number }[] {
  if (weightedClusters === undefined) return cluster === undefined ? [] : [{ name: cluster, share: 1 }];
  const { clusters } = weightedClusters;
  const total = clusters.reduce((sum, { weight = 0 }) => sum + weight, 0);
  return clusters.map(({ name, weight = 0 }) => ({ name, share: total === 0 ? 0 : weight / total }));
}

function backendAnswer(
  name: string,
  share: number,
  isFallback: boolean,
  cluster: ClusterJson | undefined,
  assignments: ReadonlyMap<string, EndpointsJson>,
): BackendAnswer {
  if (name === invalidCluster)
    return {
      cluster: undefined,
      object: undefined,
      port: 0,
      share,
      isTls: false,
      endpoints: undefined,
      isFallback,
    };
  const identity = parseClusterName(name);
  const service = cluster?.edsClusterConfig?.serviceName;
  const assignment = service === undefined ? cluster?.loadAssignment : assignments.get(service);
  return {
    cluster: name,
    object: sourceOf(identity),
    port: backendOf(identity) === undefined ? identity.port : 0,
    share,
    isTls: identity.tls !== undefined,
    endpoints: assignment && countsOf(assignment),
    isFallback,
  };
}

function countsOf({ endpoints = [] }: EndpointsJson): EndpointCounts {
  const all = endpoints.flatMap(({ lbEndpoints = [] }) => lbEndpoints);
  const ready = all.filter(({ healthStatus = 'UNKNOWN' }) => takingRequests.has(healthStatus)).length;
  const zones = endpoints.flatMap(({ locality, lbEndpoints = [] }) =>
    lbEndpoints.length === 0 ? [] : (locality?.zone ?? []),
  );
  return { ready, notReady: all.length - ready, zones: [...new Set(zones)].sort() };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}

const takingRequests: ReadonlySet<string> = new Set(['UNKNOWN', 'HEALTHY', 'DEGRADED']);

/** Cluster of an invalid backendRef; see `translate/envoy/route.ts`. */
const invalidCluster = 'invalid-backend';
