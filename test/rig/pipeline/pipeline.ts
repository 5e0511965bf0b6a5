import { setImmediate as turn } from 'node:timers/promises';
import { Controller, type Surroundings } from '../../../src/run/controller.ts';
import type { LaneOptions } from '../../../src/schedule/lane.ts';
import { must } from '../../../src/lib/assert.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { createMetrics, type Metrics } from '../../../src/observe/metrics.ts';
import type { TranslatePool } from '../../../src/pool/translate-pool.ts';
import { parseObject } from '../../../src/kinds/door.ts';
import type { Row, RowChange } from '../../../src/kinds/row.ts';
import { settingRows } from '../../../src/kinds/own/setting-rows.ts';
import type { Settings } from '../../../src/kinds/own/settings.ts';
import type { ProviderRef } from '../../../src/units/oidc-provider-key.ts';
import type { LaneName } from '../../../src/units/unit-def.ts';
import type { WantedModule } from '../../../src/kinds/own/wasm-module.ts';
import type { StreamOptions } from '../../../src/xds/delta-stream.ts';
import type { ClientOptions, Dial } from '../xds/client-options.ts';
import { DeltaClient } from '../xds/delta-client.ts';
import { ManualClock } from './manual-clock.ts';
import { controllerName } from './memory-reader.ts';
import { recordManifest } from './recorded-manifests.ts';
import { sessionRow } from './session-row.ts';
import { SilentLog } from './silent-log.ts';
import { untimedPool } from './untimed-pool.ts';
import { services, urlOf, type Service } from '../xds/xds-types.ts';

export interface PipelineOptions extends Pick<Surroundings, 'isAcknowledgedElsewhere' | 'rejectedElsewhere'> {
  readonly clock?: Clock;
  readonly onStatus?: NonNullable<Surroundings['onStatus']>;
  readonly pools?: Partial<Record<LaneName, TranslatePool>>;
  readonly lanes?: Partial<LaneOptions>;
  readonly stream?: Partial<StreamOptions>;
  readonly settings?: Partial<Settings>;
  /** False: the installation has none yet. */
  readonly sessionKey?: false;
  readonly onInfrastructure?: NonNullable<Surroundings['onInfrastructure']>;
  readonly module?: Surroundings['module'];
  readonly namedObjectWaitMs?: number;
  /** Default: one registry for all pipelines of a file. */
  readonly metrics?: Metrics;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The whole pipeline and its clients in one thread. Time moves only by `advance`, and windows close at once. */
export class Pipeline {
  readonly controller: Controller;
  readonly log = new SilentLog();
  readonly clock: Clock;
  readonly modules = new Map<ResourceKey, WantedModule>();
  /** Providers whose documents policies need. */
  readonly providers = new Map<ResourceKey, ProviderRef | undefined>();
  /** Objects whose status has changed. */
  readonly restated = new Set<ResourceKey>();
  readonly #clients: DeltaClient[] = [];

  constructor(options: PipelineOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    const lane: LaneOptions = {
      windowMs: 0,
      maxWindowMs: 0,
      batchSize: 64,
      parallel: 1,
      holdMs,
      ...options.lanes,
    };
    this.controller = new Controller(
      {
        lanes: { endpoints: lane, config: lane },
        pools: { endpoints: untimedPool, config: untimedPool, ...options.pools },
        stream: {
          holdMs,
          drainMs,
          maxResources: 1000,
          maxBytes: 4 * 1024 * 1024,
          controlPlane: 'sluice test',
          ...options.stream,
        },
        namedObjectWaitMs: options.namedObjectWaitMs ?? 0,
      },
      {
        log: this.log,
        metrics: options.metrics ?? sharedMetrics(),
        clock: this.clock,
        onInfrastructure: options.onInfrastructure ?? (() => {}),
        onModule: (plugin, wanted) => {
          if (wanted === undefined) this.modules.delete(plugin);
          else this.modules.set(plugin, wanted);
        },
        onProvider: (policy, wanted) => void this.providers.set(policy, wanted),
        module: options.module,
        onStatus: (object) => {
          this.restated.add(object);
          options.onStatus?.(object);
        },
        isAcknowledgedElsewhere: options.isAcknowledgedElsewhere,
        rejectedElsewhere: options.rejectedElsewhere,
      },
    );
    this.setSettings(options.settings ?? {});
    if (options.sessionKey !== false) this.controller.apply([{ kind: 'put', row: sessionRow }]);
  }

  static async started(manifests: readonly object[], options?: PipelineOptions): Promise<Pipeline> {
    const pipeline = new Pipeline(options);
    pipeline.apply(...manifests);
    pipeline.controller.sourcesComplete();
    await pipeline.settle();
    await pipeline.controller.ready;
    return pipeline;
  }

  setSettings(settings: Partial<Settings>): void {
    const rows = settingRows({ controllerName, allowLoopbackEndpoints: false, ...settings });
    this.controller.apply(rows.map((row) => ({ kind: 'put', row })));
  }

  apply(...manifests: readonly object[]): void {
    this.controller.apply(manifests.map((manifest) => ({ kind: 'put', row: rowOf(manifest) })));
  }

  delete(...manifests: readonly object[]): void {
    this.controller.apply(manifests.map(deletion));
  }

  /** Changes everything at once, removals first. */
  replace(removed: readonly object[], manifests: readonly object[]): void {
    this.controller.apply([
      ...removed.map(deletion),
      ...manifests.map((manifest): RowChange => ({ kind: 'put', row: rowOf(manifest) })),
    ]);
  }

  /** Connects in process by default. */
  connect(options: ClientOptions = {}, dial: Dial = this.dial): DeltaClient {
    const client = new DeltaClient(dial, options);
    this.#clients.push(client);
    return client;
  }

  async connected(options?: ClientOptions): Promise<DeltaClient> {
    const client = this.connect(options);
    await this.settle();
    client.take();
    return client;
  }

  readonly dial: Dial = (node, receive) => {
    const connection = this.controller.fleet.connect(node, (message) => receive(message.toBuffer()));
    return { send: (request) => connection.receive(request), close: () => connection.close() };
  };

  /** Resolves when nothing is left to do, and every client has what it should have. */
  async settle(): Promise<void> {
    await this.quiet();
    const problems = this.#clients.flatMap((client) => [...client.violations, ...client.unsettled()]);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** Resolves when nothing moves by itself. Checks what clients were sent, but not what they lack. */
  async quiet(): Promise<void> {
    const busy = () => this.controller.backlog > 0 || !this.#clients.every((client) => client.idle);
    let still = 0;
    const deadline = performance.now() + patienceMs;
    while (still < turnsOfStillness) {
      await turn();
      still = busy() ? 0 : still + 1;
      if (performance.now() > deadline) throw new Error(`still busy: ${this.controller.backlog} units`);
    }
    const problems = [...this.#clients.flatMap((client) => client.violations), ...this.#unexplained()];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** Missing resources that nothing holds back. */
  #unexplained(): string[] {
    return [...this.controller.fleet.connected()].flatMap(({ id, served, types }) =>
      types.flatMap((type) =>
        [...type.behind()]
          .filter(({ reason }) => reason.kind === 'next' || (reason.kind === 'no-view' && served))
          .map(({ name, reason }) => `${id} has not ${type.type} ${name}: ${reason.kind}`),
      ),
    );
  }

  /** Waits for conditions that other threads bring about. */
  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!condition()) {
      await turn();
      if (performance.now() > deadline) throw new Error(`waited in vain for ${String(condition)}`);
    }
  }

  async advance(ms: number): Promise<void> {
    await this.quiet();
    await this.pass(ms);
    await this.quiet();
  }

  /** Time passes though something is unfinished. */
  async pass(ms: number): Promise<void> {
    if (!(this.clock instanceof ManualClock)) throw new Error('only a manual clock can be advanced');
    await this.clock.advanceBy(ms);
    for (let i = 0; i < turnsOfStillness; i++) await turn();
  }

  /** Longer than every hold and drain. */
  async drain(): Promise<void> {
    for (let step = 0; step < 4; step++) await this.advance(drainMs);
    await this.settle();
  }

  /** Versions by `CDS name`. */
  view(gateway = 'default/web'): Map<string, string> {
    const view = this.controller.view(gateway);
    if (view === undefined) return new Map();
    return new Map(
      services.flatMap((service) =>
        [...view.names(urlOf(service))].map((name): [string, string] => [
          `${service} ${name}`,
          must(view.get(urlOf(service), name), name).version,
        ]),
      ),
    );
  }

  names(service: Service, gateway = 'default/web'): string[] {
    return [...(this.controller.view(gateway)?.names(urlOf(service)) ?? [])].sort();
  }

  /** As it should be written, parsed. */
  status(kind: string, name: string, namespace = 'default'): Record<string, unknown> | undefined {
    const status = this.controller.reports.status(resourceKey(kind, namespace, name));
    return status === undefined ? undefined : (JSON.parse(status) as Record<string, unknown>);
  }

  /** Conditions for the first parent that is Sluice's. */
  routeConditions(name = 'route', namespace = 'default'): Record<string, Condition> {
    const status = this.status('HTTPRoute', name, namespace) as
      | { parents: { conditions: Condition[] }[] }
      | undefined;
    return byType(status?.parents[0]?.conditions);
  }

  gatewayConditions(gateway = 'web'): Record<string, Condition> {
    const status = this.status('Gateway', gateway) as { conditions: Condition[] } | undefined;
    return byType(status?.conditions);
  }

  listenerConditions(listener: string, gateway = 'web'): Record<string, Condition> {
    const status = this.status('Gateway', gateway) as
      | { listeners: { name: string; conditions: Condition[] }[] }
      | undefined;
    return byType(status?.listeners.find(({ name }) => name === listener)?.conditions);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.controller.close();
  }
}

export const holdMs = 2000;
const drainMs = 1000;

export function rowOf(manifest: object): Row {
  recordManifest(manifest);
  const parsed = parseObject(manifest);
  if (parsed.kind !== 'row') throw new Error(`not a row: ${JSON.stringify(parsed)}`);
  return parsed.row;
}

export function keyOf(manifest: object): ResourceKey {
  return rowOf(manifest).key;
}

function deletion(manifest: object): RowChange {
  return { kind: 'delete', key: keyOf(manifest) };
}

/** A result needs a few turns from a worker to a client, and none of them counts as work under way. */
const turnsOfStillness = 6;
const patienceMs = 30_000;

function byType(conditions: readonly Condition[] | undefined): Record<string, Condition> {
  return Object.fromEntries((conditions ?? []).map((condition) => [condition.type, condition]));
}

let metrics: Metrics | undefined;

/** One for all pipelines of a file, for tests that read none. */
function sharedMetrics(): Metrics {
  metrics ??= createMetrics();
  return metrics;
}
