import { decodeRow } from '../../kinds/decode.ts';
import type { Kind } from '../../kinds/kinds.ts';
import { isRouteKind } from '../../kinds/route-kind.ts';
import { splitResourceKey, type ResourceKey, type UnitName } from '../../lib/key.ts';
import { rulesOf, typeUrl, type TypeUrl } from '../../publish/type-table.ts';
import { objectUnit, unitName } from '../../units/unit.ts';
import type { Controller } from '../controller.ts';
import { placesInForce } from '../in-force/places.ts';
import { resourceJson } from '../resource-json.ts';
import { listedObject } from './object-list.ts';
import type { DecodedXds, ObjectDetail, UnitDetail } from './shapes.ts';

const mostUnits = 50;
const mostDecoded = 12;

/** Kinds whose spec holds no secret. Policies may have keys in theirs. */
const shownKinds: ReadonlySet<string> = new Set(['Gateway', 'ListenerSet', 'Service']);

/**
 * Returns an object beside what it comes to; undefined for one that Sluice does not report on, but for Services. Costs
 * O(Gateways, and the clusters of each for a Service); decodes a bounded number of resources.
 */
export function objectDetail(controller: Controller, object: ResourceKey): ObjectDetail | undefined {
  const { kind } = splitResourceKey(object);
  const status = controller.status(object);
  const source = sourceOf(controller, object);
  if (status === undefined && source === undefined) return undefined;
  const units = unitsOf(controller, object);
  const decoded = [...decodedOf(controller, object, kind).take(mostDecoded + 1)];
  return {
    ...listedObject(controller, object),
    status,
    ...(source === undefined ? {} : { source }),
    units: units.slice(0, mostUnits),
    decoded: decoded.slice(0, mostDecoded),
    isCut: units.length > mostUnits || decoded.length > mostDecoded,
  };
}

function sourceOf(controller: Controller, object: ResourceKey): unknown {
  const { kind } = splitResourceKey(object);
  const bytes = shownKinds.has(kind) || isRouteKind(kind) ? controller.row(object) : undefined;
  if (bytes === undefined) return undefined;
  const row = decodeRow(kind as Kind, bytes) as { readonly spec?: unknown };
  return row.spec;
}

function unitsOf(controller: Controller, object: ResourceKey): UnitDetail[] {
  const { kind } = splitResourceKey(object);
  const names = isRouteKind(kind)
    ? [
        objectUnit(object),
        ...controller
          .gateways()
          .sort()
          .map((gateway) => attachedRoute(gateway, object)),
      ]
    : [objectUnit(object)];
  return names.flatMap((unit) => unitDetail(controller, unit) ?? []);
}

function attachedRoute(gateway: string, route: ResourceKey): UnitName {
  const [namespace = '', name = ''] = gateway.split('/');
  return unitName({ kind: 'AttachedRoute', namespace, name, route });
}

/** Returns undefined for a unit without a result. */
export function unitDetail(controller: Controller, unit: UnitName): UnitDetail | undefined {
  const output = controller.inForce(unit);
  if (output === undefined) return undefined;
  const { resources, fragments, refs } = output;
  return {
    unit,
    resources: resources.length,
    fragments: fragments.length,
    refs: refs.slice(0, mostUnits),
  };
}

function* decodedOf(controller: Controller, object: ResourceKey, kind: string): Generator<DecodedXds> {
  if (kind === 'Gateway') yield* gatewayXds(controller, object);
  else if (isRouteKind(kind)) yield* routeXds(controller, object);
  else if (kind === 'Service') yield* backendXds(controller, object);
}

/** Yields the listeners of a Gateway, then the resources of other types that are not of routes. */
function* gatewayXds(controller: Controller, object: ResourceKey): Generator<DecodedXds> {
  const { namespace, name } = splitResourceKey(object);
  yield* named(controller, `${namespace}/${name}`, typeUrl.listener);
}

/** Yields the routes that a route comes to at each Gateway and domain. */
function* routeXds(controller: Controller, route: ResourceKey): Generator<DecodedXds> {
  for (const gateway of controller.gateways().sort()) {
    for (const { domain, entries } of controller.inForce(attachedRoute(gateway, route))?.fragments ?? []) {
      for (const { bytes } of entries) {
        const { routes = [] } = resourceJson({ typeUrl: typeUrl.virtualHost, bytes });
        yield { gateway, type: 'routes', name: domain, content: routes };
      }
    }
  }
}

function* backendXds(controller: Controller, object: ResourceKey): Generator<DecodedXds> {
  for (const { gateway, resource } of placesInForce(controller, object)) {
    const view = controller.view(gateway);
    const cluster = view?.get(typeUrl.cluster, resource.name);
    if (cluster === undefined) continue;
    yield { gateway, ...resource, content: resourceJson(cluster) };
    for (const { typeUrl: type, name } of cluster.names) {
      const endpoints = type === typeUrl.endpoint ? view?.get(type, name) : undefined;
      if (endpoints !== undefined)
        yield { gateway, type: rulesOf(typeUrl.endpoint).plural, name, content: resourceJson(endpoints) };
    }
  }
}

function* named(controller: Controller, gateway: string, type: TypeUrl): Generator<DecodedXds> {
  const view = controller.view(gateway);
  for (const name of view?.names(type) ?? []) {
    const resource = view?.get(type, name);
    if (resource !== undefined)
      yield { gateway, type: rulesOf(type).plural, name, content: resourceJson(resource) };
  }
}
