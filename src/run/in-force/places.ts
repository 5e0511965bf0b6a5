import type { PlaceInForce } from '../../explain/in-force.ts';
import { isRouteKind } from '../../kinds/route-kind.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import { typeUrl } from '../../publish/type-table.ts';
import { parseClusterName, sourceOf } from '../../units/cluster-name.ts';
import { unitName } from '../../units/unit.ts';
import type { Controller } from '../controller.ts';
import { hostResource } from './host.ts';

/** Yields where an object is in force: parts of a route at each Gateway, or the clusters of a Service or Backend. */
export function* placesInForce(controller: Controller, object: ResourceKey): Generator<PlaceInForce> {
  const { kind } = splitResourceKey(object);
  for (const gateway of controller.gateways().sort())
    yield* isRouteKind(kind)
      ? routePlaces(controller, gateway, object)
      : clusterPlaces(controller, gateway, object);
}

function* routePlaces(controller: Controller, gateway: string, route: ResourceKey): Generator<PlaceInForce> {
  const [namespace = '', name = ''] = gateway.split('/');
  const unit = unitName({ kind: 'AttachedRoute', namespace, name, route });
  for (const { routeConfiguration, domain, entries } of controller.inForce(unit)?.fragments ?? []) {
    const resource = hostResource(routeConfiguration, domain);
    yield { gateway, routeConfiguration, domain, resource, entries: entries.length };
  }
}

/** O(clusters of the Gateway). */
function* clusterPlaces(
  controller: Controller,
  gateway: string,
  object: ResourceKey,
): Generator<PlaceInForce> {
  for (const name of controller.view(gateway)?.names(typeUrl.cluster) ?? []) {
    if (sourceOf(parseClusterName(name)) !== object) continue;
    yield { gateway, routeConfiguration: '', domain: '', resource: { type: 'clusters', name }, entries: 0 };
  }
}
