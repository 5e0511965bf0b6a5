import type { RowTypes } from '../kinds/kinds.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import { nameOf, type Finding } from './finding.ts';
import type { Objects } from './silent-objects.ts';

type Route = Pick<RowTypes['HTTPRoute'], 'spec'>;

/** Finds Services of a route without endpoints. A missing Service is a condition of the route. */
export function routeBackendFindings(
  objects: Objects,
  { object, namespace }: { readonly object: ResourceKey; readonly namespace: string },
  { spec }: Route,
): Finding[] {
  const { kind: route } = splitResourceKey(object);
  return spec.rules.flatMap(({ backendRefs }, rule) =>
    backendRefs.flatMap(({ group, kind, name, namespace: home = namespace }, index): Finding[] => {
      const service = group === '' && kind === 'Service' ? objects.get('Service', home, name) : undefined;
      if (service === undefined || service.spec.type === 'ExternalName') return [];
      const endpoints = objects.endpoints(home, name);
      if (endpoints !== undefined && endpoints > 0) return [];
      const why =
        endpoints === undefined
          ? `has no EndpointSlice with the label kubernetes.io/service-name: ${name}`
          : 'has no endpoint that is ready';
      const effect = withoutEndpoints(route);
      const message = `${nameOf('Service', home, name)} ${why}: ${effect}: are there Pods that its selector finds, and are they ready?`;
      return [{ object, path: `spec.rules[${rule}].backendRefs[${index}].name`, message }];
    }),
  );
}

function withoutEndpoints(route: string): string {
  if (route === 'HTTPRoute') return 'its share of requests gets 503';
  return route === 'GRPCRoute'
    ? 'its share of requests gets UNAVAILABLE'
    : 'its share of the traffic is lost';
}
