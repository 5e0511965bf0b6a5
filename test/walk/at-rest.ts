import { must } from '../../src/lib/assert.ts';
import type { View } from '../../src/publish/view.ts';
import { services, urlOf } from '../rig/xds/xds-types.ts';
import type { EnvoyModel } from './envoy-model.ts';

/** Differences at rest: clusters and listeners of the Gateway, and what they name. Empty when there are none. */
export function differences(model: EnvoyModel, view: View): string[] {
  const held = model.rest.inForce();
  for (const service of ['CDS', 'LDS'] as const) {
    for (const name of view.names(urlOf(service))) {
      const key = `${service} ${name}`;
      if (!held.has(key)) held.set(key, 'none');
    }
  }
  return [...held].flatMap(([key, version]) => {
    const service = must(
      services.find((known) => key.startsWith(`${known} `)),
      key,
    );
    const name = key.slice(service.length + 1);
    const wanted = view.get(urlOf(service), name)?.version;
    if (wanted === version || model.rest.hasRejected(service, name)) return [];
    if (service === 'LDS' && model.rest.waitsForRejected(name)) return [];
    if (wanted !== undefined) return [`${key} is ${version}, and ${wanted} is wanted`];
    // While listeners or routes are rejected, resources named by older ones stay.
    const stays = service === 'EDS' || view.rejectsUses || model.rest.rejectsUses;
    return stays || view.clientKeeps(urlOf(service), name) ? [] : [`${key} is still there`];
  });
}
