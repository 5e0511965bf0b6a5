import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { must } from '../src/lib/assert.ts';
import { contentHash } from '../src/lib/hash.ts';
import type { ResourceKey } from '../src/lib/key.ts';
import type { Row, RowChange } from '../src/kinds/row.ts';
import { settingRows } from '../src/kinds/own/setting-rows.ts';
import type { DeltaClient } from './rig/xds/delta-client.ts';
import { controllerName } from './rig/pipeline/memory-reader.ts';
import { Pipeline, rowOf } from './rig/pipeline/pipeline.ts';
import { ScheduledPool } from './rig/pipeline/scheduled-pool.ts';
import type { Edit } from './rig/objects/edit.ts';
import { anyEdit, initialEdits, settingsEditKey } from './rig/objects/any-edit.ts';
import { services, urlOf, type Service } from './rig/xds/xds-types.ts';

/** Raise it for a longer search: a run takes a few milliseconds. */
const runs = Number(process.env['INCREMENTAL_RUNS'] ?? 200);

type Step =
  | { readonly kind: 'edit'; readonly edits: readonly Edit[] }
  /** A worker answers; `pick` chooses the batch. */
  | { readonly kind: 'answer'; readonly pick: number }
  | { readonly kind: 'die'; readonly pick: number }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'time'; readonly ms: number }
  /** The Gateway's proxies connect, or connect again. */
  | { readonly kind: 'connect'; readonly gateway: string }
  /** A proxy stops answering one type, or goes on. */
  | { readonly kind: 'hold'; readonly gateway: string; readonly service: Service };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      edits: fc.array(anyEdit(), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('answer' as const), pick: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), pick: fc.nat(7) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 500, 1000, 2500) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('connect' as const),
      gateway: fc.constantFrom('default/web', 'default/edge'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      gateway: fc.constantFrom('default/web', 'default/edge'),
      service: fc.constantFrom(...services),
    }),
  },
);

const anyOptions = fc.record({
  batchSize: fc.constantFrom(64, 1, 2, 5),
  parallel: fc.constantFrom(1, 2, 4),
  windowMs: fc.constantFrom(0, 5),
  maxResources: fc.constantFrom(1000, 1, 3),
  /** See `ScheduledPool`: 30 makes units slow, and 120 also cuts batches. */
  slowness: fc.constantFrom(0, 30, 120),
  /** Hints that a row's `follow` loses: bit i for each i-th. */
  lostHints: fc.constantFrom(0, -1, 0b0101, 0b1010),
  /** Steps before the sources are complete; `served`: they are, and proxies have everything. */
  start: fc.constantFrom('served' as const, 'served' as const, 0, 1, 3),
});

test(
  'after any edits in any order, views, reports and proxies are those of a fresh start with the same objects',
  { timeout: 60_000 + runs * 100 },
  async () => {
    await fc.assert(
      fc.asyncProperty(anyOptions, fc.array(anyStep, { maxLength: 24 }), async (options, steps) => {
        const fixture = new Fixture(options);
        await fixture.play(steps, options.start);
        const fresh = await freshPipeline(fixture.rows);
        expect(dump(fixture.pipeline)).toEqual(dump(fresh));
        for (const client of fixture.clients.values()) {
          // A proxy of a Gateway that does not exist keeps what it has.
          if (fresh.controller.view(client.gateway) === undefined) continue;
          expect(held(client.client)).toEqual(viewOf(fresh, client));
        }
        await fixture.pipeline.close();
        await fresh.close();
      }),
      { numRuns: runs },
    );
  },
);

class Fixture {
  readonly rows = new Map<ResourceKey, Row>();
  readonly clients = new Map<string, { readonly gateway: string; readonly client: DeltaClient }>();
  readonly pipeline: Pipeline;
  readonly #pool: ScheduledPool;
  readonly #lostHints: number;

  constructor(options: {
    readonly batchSize: number;
    readonly parallel: number;
    readonly windowMs: number;
    readonly maxResources: number;
    readonly slowness: number;
    readonly lostHints: number;
  }) {
    const { batchSize, parallel, windowMs, maxResources } = options;
    this.#pool = new ScheduledPool(options.slowness);
    this.#lostHints = options.lostHints;
    this.pipeline = new Pipeline({
      pools: { endpoints: this.#pool, config: this.#pool },
      lanes: { batchSize, parallel, windowMs, maxWindowMs: windowMs * 4 },
      stream: { maxResources },
    });
    for (const row of settingRows({ controllerName, allowLoopbackEndpoints: false }))
      this.rows.set(row.key, row);
    this.#edit(initialEdits());
  }

  async play(steps: readonly Step[], start: 'served' | number): Promise<void> {
    if (start === 'served') await this.#serve();
    const early = start === 'served' ? -1 : start;
    for (const [i, step] of steps.entries()) {
      if (i === early) this.pipeline.controller.sourcesComplete();
      await this.#step(step);
    }
    if (early >= steps.length) this.pipeline.controller.sourcesComplete();
    await this.#finish();
  }

  async #serve(): Promise<void> {
    this.pipeline.controller.sourcesComplete();
    await this.#finish();
    for (const gateway of ['default/web', 'default/edge']) this.#connect(gateway);
    await this.#turns(40);
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'edit':
        return this.#edit(step.edits);
      case 'answer':
        return this.#pool.answer(step.pick);
      case 'die':
        return this.#pool.die(step.pick);
      case 'turns':
        return this.#turns(step.count);
      case 'time':
        // In steps: proxies answer within any hold; only the workers are slow here.
        for (let left = step.ms; left > 0; left -= 250) {
          await this.#turns(40);
          await this.pipeline.pass(Math.min(left, 250));
        }
        return;
      case 'connect':
        return this.#connect(step.gateway);
      case 'hold':
        return this.#hold(step.gateway, step.service);
    }
  }

  #edit(edits: readonly Edit[]): void {
    const changes = edits.flatMap(({ key, manifest, settings }): RowChange[] => {
      if (key !== settingsEditKey && manifest === undefined) {
        this.rows.delete(key);
        return [{ kind: 'delete', key }];
      }
      const rows =
        manifest === undefined
          ? settingRows({ controllerName, allowLoopbackEndpoints: false, ...settings })
          : [rowOf(manifest)];
      return rows.map((whole) => {
        const follow = whole.follow.filter((_, i) => ((this.#lostHints >> (i % 31)) & 1) === 0);
        const row = { ...whole, follow };
        this.rows.set(row.key, row);
        return { kind: 'put', row };
      });
    });
    this.pipeline.controller.apply(changes);
  }

  #connect(gateway: string): void {
    const before = this.clients.get(gateway)?.client;
    before?.close();
    const client = this.pipeline.connect(before === undefined ? { gateway } : { gateway, restore: before });
    this.clients.set(gateway, { gateway, client });
  }

  /** Waits may end meanwhile, so the proxy may be sent routes before their clusters. */
  #hold(gateway: string, service: Service): void {
    const client = this.clients.get(gateway)?.client;
    if (client === undefined) return;
    client.tolerant = true;
    if (client.holds(service)) client.release(service);
    else client.hold(service);
  }

  async #turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await turn();
  }

  async #finish(): Promise<void> {
    for (const { client } of this.clients.values()) {
      for (const service of services) if (client.holds(service)) client.release(service);
    }
    let still = 0;
    for (let round = 0; still < 8; round++) {
      const busy = this.#pool.waiting > 0 || this.pipeline.controller.backlog > 0;
      while (this.#pool.waiting > 0) this.#pool.answer(0);
      await this.#turns(2);
      await this.pipeline.pass(busy ? 5 : 1);
      still = busy ? 0 : still + 1;
      if (round > 2000) throw new Error(`still ${this.pipeline.controller.backlog} units to go`);
    }
    await this.pipeline.drain();
  }
}

async function freshPipeline(rows: ReadonlyMap<ResourceKey, Row>): Promise<Pipeline> {
  const fresh = new Pipeline();
  fresh.controller.apply([...rows.values()].map((row) => ({ kind: 'put', row })));
  fresh.controller.sourcesComplete();
  await fresh.settle();
  return fresh;
}

function dump({ controller }: Pipeline): Map<string, string> {
  const all = new Map<string, string>();
  for (const gateway of controller.gateways()) {
    const view = must(controller.view(gateway), gateway);
    for (const service of services) {
      for (const name of view.names(urlOf(service))) {
        const { version, bytes } = must(view.get(urlOf(service), name), name);
        all.set(`${gateway} ${service} ${name}`, `${version} ${contentHash(bytes)}`);
      }
    }
  }
  for (const object of controller.reports.objects()) {
    all.set(object, controller.reports.status(object) ?? '');
  }
  for (const gateway of ['web', 'edge']) {
    all.set(`proxies of ${gateway}`, JSON.stringify(controller.infrastructure(`default/${gateway}`)));
    for (const listener of ['http', 'wild', 'exact', 'team', 's', 's-a', 'conflict', 'tcp']) {
      const name = `Gateway/default/${gateway}/${listener}`;
      all.set(`routes of ${name}`, String(controller.reports.attached(name)));
    }
  }
  all.set('units', String(controller.units));
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function held(client: DeltaClient): Map<string, string> {
  return new Map(
    services.flatMap((service) =>
      client.names(service).map((name): [string, string] => {
        const { version, bytes } = must(client.held(service).get(name), name);
        return [`${service} ${name}`, `${version} ${contentHash(bytes)}`];
      }),
    ),
  );
}

function viewOf(
  fresh: Pipeline,
  { gateway, client }: { readonly gateway: string; readonly client: DeltaClient },
): Map<string, string> {
  const view = fresh.controller.view(gateway);
  return new Map(
    services.flatMap((service) => {
      const all = [...(view?.names(urlOf(service)) ?? [])].sort();
      const wanted =
        service === 'CDS' || service === 'LDS'
          ? all
          : all.filter((name) => client.names(service).includes(name));
      return wanted.map((name): [string, string] => {
        const { version, bytes } = must(view?.get(urlOf(service), name), name);
        return [`${service} ${name}`, `${version} ${contentHash(bytes)}`];
      });
    }),
  );
}
