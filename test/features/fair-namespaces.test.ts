import { expect, test } from 'vitest';
import type { UnitName } from '../../src/lib/key.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { PricedPool } from '../rig/pipeline/priced-pool.ts';

/** Time of a route that fills its budget of regular expressions. */
const dearMs = 250;
const many = 200;

const route = (namespace: string, name: string, path: string): object =>
  m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend()] }], {
    name,
    namespace,
    hostnames: [`${name}.${namespace}.test`],
    parentRefs: [{ name: 'web', namespace: 'default' }],
  });
const greedy = (path: string): object[] =>
  Array.from({ length: many }, (_, i) => route('greedy', `r${i}`, path));
const others = (path: string): object[] =>
  Array.from({ length: 40 }, (_, i) => route('other', `o${i}`, path));
const base = [
  m.gatewayClass(),
  m.gateway([{ ...m.httpListener(), allowedRoutes: { namespaces: { from: 'All' } } }]),
  ...['modest', 'other'].flatMap((namespace) => [
    m.service('app', { namespace }),
    m.endpointSlice(['10.0.0.1'], { namespace }),
  ]),
];
const attached = (namespace: string, name: string): UnitName =>
  `AttachedRoute/default/web/HTTPRoute/${namespace}/${name}` as UnitName;

function ofRoute(unit: UnitName): string {
  return /^(?:AttachedRoute\/default\/web\/)?HTTPRoute\/(\w+)\//.exec(unit)?.[1] ?? '';
}

interface Fixture {
  readonly pipeline: Pipeline;
  readonly pool: PricedPool;
  readonly clock: ManualClock;
}

async function fixtureOf(workers: number, manifests: readonly object[]): Promise<Fixture> {
  const clock = new ManualClock();
  const pool = new PricedPool(clock, workers, (unit) => (ofRoute(unit) === 'greedy' ? dearMs : undefined));
  const pipeline = await Pipeline.started([...base, ...manifests], {
    clock,
    pools: { config: pool },
    lanes: { parallel: workers, windowMs: 5, maxWindowMs: 50 },
  });
  pool.isPriced = true;
  return { pipeline, pool, clock };
}

/** Returns the number of batches that started before one with the unit ended. */
async function dispatchesUntil({ pool, clock }: Fixture, unit: UnitName): Promise<number> {
  const before = pool.started.length;
  await clock.advanceBy(50);
  for (let i = 0; i < 10 * many && !pool.started.slice(before).flat().includes(unit); i++) await pool.next();
  return pool.started.slice(before).findIndex((units) => units.includes(unit)) + 1;
}

function served(pipeline: Pipeline, path: string): boolean {
  const table = pipeline.controller.view('default/web');
  const types = ['type.googleapis.com/envoy.config.route.v3.VirtualHost'] as const;
  return types.some((type) =>
    [...(table?.names(type) ?? [])].some((name) =>
      Buffer.from(table?.get(type, name)?.bytes ?? []).includes(path),
    ),
  );
}

test.each([1, 2, 4])(
  'an edit goes with the next batches, however many slow routes of another namespace wait: %i workers',
  async (workers) => {
    const fixture = await fixtureOf(workers, [...greedy('/first'), route('modest', 'm', '/first')]);
    const { pipeline, pool, clock } = fixture;
    pipeline.apply(...greedy('/second'));
    await clock.advanceBy(50);
    for (let i = 0; i < 10 * many && pipeline.controller.backlog > 0; i++) await pool.next();
    expect(served(pipeline, '/second')).toBe(true);
    pipeline.apply(...greedy('/third'));
    await dispatchesUntil(fixture, attached('greedy', 'r0'));
    pipeline.apply(route('modest', 'm', '/modest'));
    const startedAt = clock.now();
    expect(await dispatchesUntil(fixture, attached('modest', 'm'))).toBeLessThanOrEqual(workers + 3);
    while (!served(pipeline, '/modest')) await pool.next();
    expect(clock.now() - startedAt).toBeLessThanOrEqual(2 * dearMs);
    expect(pipeline.controller.backlog).toBeGreaterThan(many);
    // They must be translated in the end.
    for (let i = 0; i < 10 * many && pipeline.controller.backlog > 0; i++) await pool.next();
    expect(served(pipeline, '/third')).toBe(true);
    await pipeline.close();
  },
);

test.each([1, 2, 4])(
  'routes that were never translated before are found to be slow by the first of them: %i workers',
  async (workers) => {
    const fixture = await fixtureOf(workers, [route('modest', 'm', '/first')]);
    const { pipeline, pool } = fixture;
    pipeline.apply(...greedy('/first'));
    await dispatchesUntil(fixture, attached('greedy', 'r0'));
    pipeline.apply(route('modest', 'm', '/modest'));
    expect(await dispatchesUntil(fixture, attached('modest', 'm'))).toBeLessThanOrEqual(2 * workers + 6);
    expect(pipeline.controller.backlog).toBeGreaterThan(many);
    for (let i = 0; i < 10 * many && pipeline.controller.backlog > 0; i++) await pool.next();
    expect(served(pipeline, '/modest')).toBe(true);
    expect(served(pipeline, '/first')).toBe(true);
    await pipeline.close();
  },
);

test('slow routes of two namespaces have the same time of the workers', async () => {
  const clock = new ManualClock();
  const prices: Record<string, number> = { greedy: dearMs, other: 50 };
  const pool = new PricedPool(clock, 2, (unit) => prices[ofRoute(unit)]);
  const pipeline = await Pipeline.started([...base, ...greedy('/first'), ...others('/first')], {
    clock,
    pools: { config: pool },
    lanes: { parallel: 2 },
  });
  pool.isPriced = true;
  pipeline.apply(...greedy('/second'), ...others('/second'));
  await clock.advanceBy(50);
  const ends = (namespace: string): number => pool.done.filter((unit) => ofRoute(unit) === namespace).length;
  while (ends('other') < 80) await pool.next();
  // Five times the price: a fifth of the number, and those that were tried before they were known to be slow.
  expect(ends('greedy')).toBeLessThanOrEqual(80 / 5 + 8);
  expect(ends('greedy')).toBeGreaterThanOrEqual(80 / 5 - 4);
  await pipeline.close();
});
