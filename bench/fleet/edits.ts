import { setTimeout as sleep } from 'node:timers/promises';
import * as objects from './cluster/objects.ts';
import type { Stage } from './stage.ts';
import { within, type Arrival, type Arrivals } from './tap/arrivals.ts';

/** A change in the API server, on its way to a tap. */
export interface Edit {
  readonly revision: number;
  /** Number of the changed object. */
  readonly i: number;
  /** Time of the API server's answer. */
  readonly answeredAt: number;
  readonly arrival: Promise<Arrival>;
}

/** Replaces one endpoint of a Service; each change is of another Service. */
export async function editEndpoint(
  { kube, contents, options, routes }: Stage,
  arrivals: Arrivals,
): Promise<Edit> {
  const revision = contents.nextRevision();
  const i = revision % routes;
  const slice = objects.slice(i, options.endpoints, revision);
  const { name } = slice.metadata;
  const arrival = within(arrivals.expect(name, objects.markerAddress(revision)), name);
  await kube.merge(slice, { endpoints: slice['endpoints'] });
  return { revision, i, answeredAt: performance.now(), arrival };
}

/** Changes a header that a route sets; each change is of another route. */
export async function editRoute(
  { kube, contents, routes }: Stage,
  arrivals: Arrivals,
  hosts: objects.Hosts = 'each',
): Promise<Edit> {
  const revision = contents.nextRevision();
  const i = revision % routes;
  const route = objects.route(i, revision, { hosts });
  const { name } = route.metadata;
  const arrival = within(arrivals.expect(name, objects.revisionOf(revision)), name);
  await kube.merge(route, { spec: route['spec'] });
  return { revision, i, answeredAt: performance.now(), arrival };
}

/** Milliseconds from the API server's answer; 0 where the watch was sooner than the answer. */
export async function latencyOf({ answeredAt, arrival }: Edit): Promise<number> {
  return Math.max(0, (await arrival).at - answeredAt);
}

/**
 * Edits one after another, each alone. The first ones are not counted: a process that has just started compiles its
 * code, and a proxy that has just connected still receives its first resources.
 */
export async function eachAlone(
  stage: Stage,
  edit: () => Promise<Edit>,
  counted: { readonly begin: () => void; readonly each?: (edit: Edit) => Promise<void> },
): Promise<number[]> {
  const { events } = stage.options;
  const warmUp = Math.min(maxWarmUp, events);
  const latencies: number[] = [];
  for (let n = -warmUp; n < events; n++) {
    if (n === 0) counted.begin();
    const one = await edit();
    const after = n < 0 ? undefined : counted.each?.(one);
    const latency = await latencyOf(one);
    await after;
    await sleep(pauseMs);
    if (n < 0) continue;
    latencies.push(latency);
    stage.progress(`${n + 1} of ${events} changes, the last ${latency.toFixed(1)} ms`);
  }
  return latencies;
}

const maxWarmUp = 20;
/** Longer than a control plane at rest needs for a change, so that each is alone. */
const pauseMs = 20;
