import { conditionFindings } from '../check/condition-findings.ts';
import type { Finding } from '../check/finding.ts';
import { SilentObjects } from '../check/silent-objects.ts';
import { configSchema, type Config } from '../config/config.ts';
import type { ReadManifests } from '../file/read-manifests.ts';
import { systemClock } from '../lib/clock.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { rulesOf, typeUrls, type TypePlural, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import { ControlPlane } from './control-plane.ts';
import type { Controller } from './controller.ts';
import { objectStatuses, type ObjectStatus } from './objects.ts';
import { resourceJson } from './resource-json.ts';
import { buildName } from './version.ts';

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

/** By plural, such as `clusters`. WASM plugins (`extensions`) are left out: offline, their code is missing. */
type GatewayResources = Readonly<Record<TypePlural, readonly unknown[]>>;

const deadlineMs = 120_000;

/** Runs the pipeline on the main thread, without servers; resolves to undefined after two minutes. */
export async function translateOffline({
  changes,
  apiVersions,
}: Omit<ReadManifests, 'placeOf'>): Promise<Translated | undefined> {
  const metrics = createMetrics();
  const log = createLog({ level: 'silent', format: 'json' }, { write() {} });
  const config = offlineConfig();
  const controlPlane = new ControlPlane(config, { log, metrics, clock: systemClock }, buildName());
  const { controller } = controlPlane;
  const deadline = Promise.withResolvers<'late'>();
  // Also keeps the process alive, which the clock's own timers do not.
  const timer = setTimeout(() => deadline.resolve('late'), deadlineMs);
  try {
    controller.apply(changes);
    controller.sourcesComplete();
    if ((await Promise.race([controller.ready, deadline.promise])) === 'late') return undefined;
    const translation = collect(controller, apiVersions);
    const silent = new SilentObjects(config.controllerName);
    silent.apply(changes);
    const conditions = [...controller.objects()].flatMap((object) =>
      conditionFindings(object, controller.status(object)),
    );
    return { translation, findings: [...conditions, ...silent.findings()] };
  } finally {
    clearTimeout(timer);
    await controlPlane.close();
    metrics.close();
  }
}

function offlineConfig(): Config {
  const lane = { windowMs: 0, maxWindowMs: 0 };
  return configSchema.parse({
    provider: { type: 'file', file: { directory: '.' } },
    translate: { mode: 'inline' },
    xds: { holdMs: 60_000 },
    endpoints: lane,
    config: lane,
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
