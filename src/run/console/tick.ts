import { lagBuckets, latencyBuckets } from '../../observe/buckets.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LaneName } from '../../units/unit-def.ts';
import { messageName, typeUrl, typeUrls } from '../../publish/type-table.ts';
import type { Controller } from '../controller.ts';
import { bucketsBy, valueOf, valuesBy } from './samples.ts';
import type { Buckets, ConditionTick, FleetTick, LaneTick, Tick, TypeTick } from './shapes.ts';

export interface TickSources {
  readonly controller: Controller;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Returns the reason; undefined: ready. */
  readonly notReady: () => string | undefined;
}

/** Entries of each list: a page shows no more, and a tick stays small whatever the fleet. */
const mostEntries = 20;

const noBuckets: Buckets = { counts: [], sum: 0 };

/** Reads counters and totals. Costs O(proxies and Gateways), as a scrape of the metrics does, and nothing for routes. */
export async function tickOf({ controller, metrics, clock, notReady }: TickSources): Promise<Tick> {
  const reason = notReady();
  const types = await typeTicks(controller, metrics, clock.now());
  return {
    atMs: clock.wallMs(),
    startedMs: Math.round(performance.timeOrigin),
    ...(reason === undefined ? {} : { notReady: reason }),
    units: controller.units,
    backlog: controller.backlog,
    events: await valueOf(metrics.events),
    lanes: await laneTicks(controller, metrics),
    bounds: { stage: latencyBuckets, lag: lagBuckets },
    endpointLag: (await bucketsBy(metrics.endpointLag)).get('') ?? noBuckets,
    types,
    proxies: [...controller.fleet.sizes()].reduce((sum, [, size]) => sum + size, 0),
    fleets: fleetTicks(controller),
    slowest: metrics.slowestUnits.list(clock.now()),
    conditions: await conditionTicks(metrics),
    refused: await valuesBy(metrics.xdsRefused, 'reason'),
  };
}

async function laneTicks(
  controller: Controller,
  metrics: Metrics,
): Promise<Readonly<Record<LaneName, LaneTick>>> {
  const [coalesced, propagation, waveUnits, pushed, acks, nacks] = await Promise.all([
    valuesBy(metrics.coalescedEvents, 'lane'),
    bucketsBy(metrics.propagation, 'lane', 'stage'),
    bucketsBy(metrics.waveUnits, 'lane'),
    valuesBy(metrics.resourcesSent, 'type'),
    valuesBy(metrics.acks, 'type'),
    valuesBy(metrics.nacks, 'type'),
  ]);
  const states = controller.laneStates();
  const lane = (name: LaneName): LaneTick => ({
    ...states[name],
    coalesced: coalesced[name] ?? 0,
    published: waveUnits.get(name)?.sum ?? 0,
    pushed: sumOfLane(pushed, name),
    acks: sumOfLane(acks, name),
    nacks: sumOfLane(nacks, name),
    stages: Object.fromEntries(
      [...propagation].flatMap(([key, buckets]) => {
        const [of, stage = ''] = key.split(' ');
        return of === name ? [[stage, buckets] as const] : [];
      }),
    ),
  });
  return { endpoints: lane('endpoints'), config: lane('config') };
}

function sumOfLane(byType: Readonly<Record<string, number>>, lane: LaneName): number {
  return Object.entries(byType)
    .filter(([type]) => (type === messageName(typeUrl.endpoint)) === (lane === 'endpoints'))
    .reduce((sum, [, value]) => sum + value, 0);
}

async function typeTicks(controller: Controller, metrics: Metrics, now: number): Promise<TypeTick[]> {
  const [responses, resources, bytes] = await Promise.all([
    valuesBy(metrics.responses, 'type'),
    valuesBy(metrics.resourcesSent, 'type'),
    valuesBy(metrics.responseBytes, 'type'),
  ]);
  const totals = controller.fleet.totals();
  return typeUrls.map((url) => {
    const type = messageName(url);
    const { behind = 0, oldest, lastGood = 0, rejected = 0 } = totals.get(url) ?? {};
    return {
      type,
      responses: responses[type] ?? 0,
      resources: resources[type] ?? 0,
      bytes: bytes[type] ?? 0,
      behind,
      oldestMs: oldest === undefined ? 0 : Math.max(0, Math.round(now - oldest)),
      lastGood,
      rejected,
    };
  });
}

function fleetTicks({ fleet }: Controller): FleetTick[] {
  const sizes = new Map(fleet.sizes());
  return [...fleet.unacknowledged()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostEntries)
    .map(([gateway, ageMs]) => ({
      gateway,
      proxies: sizes.get(gateway) ?? 0,
      oldestMs: Math.round(ageMs),
    }));
}

async function conditionTicks({ falseConditions }: Metrics): Promise<ConditionTick[]> {
  const { values } = await falseConditions.get();
  return values
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, mostEntries)
    .map(({ labels: { kind = '', type = '', reason = '' }, value }) => ({
      kind,
      type,
      reason,
      objects: value,
    }));
}
