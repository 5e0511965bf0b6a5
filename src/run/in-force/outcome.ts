import type { Outcome, OutcomeResource } from '../../explain/difference/outcome.ts';
import { rulesOf, typeUrls } from '../../publish/type-table.ts';
import type { View } from '../../publish/view.ts';
import { sizeOf } from '../../publish/view-resource.ts';
import type { Controller } from '../controller.ts';
import { resourceJson } from '../resource-json.ts';

/** Keeps the bytes of all that is in force, and decodes none of it. */
export function outcomeOf(controller: Controller): Outcome {
  const gateways = controller.gateways().flatMap((gateway) => {
    const view = controller.view(gateway);
    return view === undefined ? [] : [[gateway, resourcesOf(view)] as const];
  });
  const objects = [...controller.objects()];
  return {
    gateways: new Map(gateways),
    statuses: new Map(objects.map((object) => [object, controller.status(object)])),
  };
}

function resourcesOf(view: View): OutcomeResource[] {
  return typeUrls.flatMap((type) =>
    [...view.names(type)].flatMap((name) => {
      const resource = view.get(type, name);
      if (resource === undefined) return [];
      const { version } = resource;
      const json = (): unknown => resourceJson(resource);
      return [{ type: rulesOf(type).plural, name, version, bytes: sizeOf(resource), json }];
    }),
  );
}
