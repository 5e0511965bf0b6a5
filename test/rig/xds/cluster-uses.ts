import type { ClientType, HeldResource } from './client-type.ts';
import { unmadeLeads } from './internal-leads.ts';
import { namesIn, resourceRefs } from './resource-refs.ts';
import type { Service } from './xds-types.ts';

/** Returns a problem for each cluster that resources name before the client has ACKed it. Routes are not warmed: Envoy answers 503. */
export function unmadeUses(
  service: Service,
  brought: ReadonlyMap<string, HeldResource>,
  types: ReadonlyMap<Service, ClientType>,
): string[] {
  if (service !== 'LDS' && service !== 'RDS' && service !== 'VHDS') return [];
  const clusters = types.get('CDS');
  const isUnmade = (cluster: string): boolean =>
    clusters?.held.has(cluster) !== true ||
    (clusters.unanswered?.error === undefined && clusters.unansweredNames.has(cluster));
  const unmade = [...brought].flatMap(([name, { version, bytes }]) =>
    resourceRefs(service, version, bytes)
      .CDS.filter(isUnmade)
      .map((cluster) => `${name} names cluster ${cluster}, which has not been ACKed`),
  );
  return [...unmade, ...unmadeLeads(service, brought, types)];
}

/** Returns a problem for each removed cluster that routes in force still name. */
export function brokenUses(removed: readonly string[], types: ReadonlyMap<Service, ClientType>): string[] {
  if (removed.length === 0) return [];
  return (['RDS', 'VHDS'] as const).flatMap((service) =>
    [...(types.get(service)?.held ?? [])].flatMap(([route, { version, bytes }]) =>
      resourceRefs(service, version, bytes)
        .CDS.filter((cluster) => removed.includes(cluster))
        .map((cluster) => `removed ${cluster}, which ${route} names`),
    ),
  );
}

/** Returns true while a cluster has not got its endpoints or CAs. */
export function clustersWait(types: ReadonlyMap<Service, ClientType>): boolean {
  const clusters = types.get('CDS')?.held ?? new Map<string, HeldResource>();
  return (['EDS', 'SDS'] as const).some((service) => {
    const awaited = types.get(service)?.awaited;
    return (
      awaited !== undefined &&
      awaited.size > 0 &&
      namesIn('CDS', clusters, service).some((name) => awaited.has(name))
    );
  });
}
