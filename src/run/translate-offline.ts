import { conditionFindings } from '../check/condition-findings.ts';
import type { Finding } from '../check/finding.ts';
import { SilentObjects } from '../check/silent-objects.ts';
import type { ReadManifests } from '../file/read-manifests.ts';
import { rulesOf, typeUrls, type TypePlural, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { Controller } from './controller.ts';
import { objectStatuses, type ObjectStatus } from './objects.ts';
import { fileConfig, withOffline } from './offline.ts';
import { resourceJson } from './resource-json.ts';

export interface Translation {
  /** By `namespace/name`; resources in canonical protobuf JSON, in name order. */
  readonly gateways: Readonly<Record<string, GatewayResources>>;
  readonly objects: readonly ObjectStatus[];
}

export interface Translated {
  readonly translation: Translation;
  /** Mistakes, and objects without effect. */
  readonly findings: readonly Finding[];
}

/** Name of a list of resources. */
export type ResourceList = TypePlural;

/** By plural, such as `clusters`. WASM plugins (`extensions`) are left out: offline, their code is missing. */
type GatewayResources = Readonly<Record<TypePlural, readonly unknown[]>>;

/** Translates on the main thread, without servers; resolves to undefined after two minutes. */
export function translateOffline(manifests: Omit<ReadManifests, 'placeOf'>): Promise<Translated | undefined> {
  const { changes, apiVersions } = manifests;
  return withOffline(changes, fileConfig({}), (controller, { controllerName }) => {
    const silent = new SilentObjects(controllerName);
    silent.apply(changes);
    const conditions = [...controller.objects()].flatMap((object) =>
      conditionFindings(object, controller.status(object)),
    );
    const findings = [...conditions, ...silent.findings()];
    return { translation: collect(controller, apiVersions), findings };
  });
}

function collect(controller: Controller, apiVersions: ReadManifests['apiVersions']): Translation {
  const gateways: [string, GatewayResources][] = [];
  for (const gateway of controller.gateways().toSorted()) {
    const view = controller.view(gateway);
    if (view !== undefined) gateways.push([gateway, resourcesOf(view)]);
  }
  const objects = objectStatuses(controller, (key) => apiVersions.get(key));
  return { gateways: Object.fromEntries(gateways), objects: [...objects] };
}

function resourcesOf(view: View): GatewayResources {
  const all = (type: TypeUrl): readonly unknown[] =>
    [...view.names(type)].sort().flatMap((name) => {
      const resource = view.get(type, name);
      return resource === undefined ? [] : [resourceJson(resource)];
    });
  const lists = typeUrls.map((type) => [rulesOf(type).plural, all(type)] as const);
  return Object.fromEntries(lists.sort(([a], [b]) => (a < b ? -1 : 1))) as GatewayResources;
}
