import { setImmediate as immediate } from 'node:timers/promises';
import { encodeBatch, type EncodedBatch } from './batch/translate-batch.ts';
import { firstKeys } from './batch/first-keys.ts';
import type { Outcome, UnitOutput, XdsResource } from './batch/outcome.ts';
import { NamedObjects } from './coalesce/named-objects.ts';
import { Lane, type LaneOptions, type Wave } from './coalesce/lane.ts';
import { Units, type Cut } from './coalesce/units.ts';
import type { Clock } from './lib/clock.ts';
import { stackText } from './lib/failure.ts';
import { contentHash } from './lib/hash.ts';
import {
  isIndexKey,
  resourceKey,
  splitResourceKey,
  type ReadKey,
  type ResourceKey,
  type UnitName,
} from './lib/key.ts';
import { fleetHooks } from './observe/fleet-hooks.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import { translateUnits, workerEndReason } from './pool/retry.ts';
import type { TranslatePool } from './pool/translate-pool.ts';
import type { WantedInfrastructure } from './resource/infrastructure.ts';
import type { RowChange } from './resource/row.ts';
import { reportUnit, unitKind } from './resource/unit.ts';
import { logConditions } from './status/condition-log.ts';
import { gatewayStatus } from './status/gateway-status.ts';
import { Reports } from './status/reports.ts';
import type { WantedStatus } from './status/status-writer.ts';
import { Store } from './store/store.ts';
import { Commit } from './xds/commit.ts';
import { Fleet } from './xds/fleet.ts';
import type { StreamOptions } from './xds/delta-stream.ts';
import { typeUrl } from './xds/type-url.ts';
import type { View } from './xds/view.ts';

export type LaneName = 'endpoints' | 'config';

export interface ControllerOptions {
  readonly lanes: Readonly<Record<LaneName, LaneOptions>>;
  readonly pools: Readonly<Record<LaneName, TranslatePool>>;
  readonly stream: StreamOptions;
  /** How long a change that newly names an object waits for it; 0 where all objects come at once, as from files. */
  readonly namedObjectWaitMs: number;
}

export interface Surroundings {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Told of what a Gateway, `namespace/name`, is to run as from now on; undefined: it is not ours any more. */
  readonly onInfrastructure?: (gateway: string, wanted: WantedInfrastructure | undefined) => void;
  /** Whether proxies that are connected to another replica have ACKed this version of a Gateway's Listeners. */
  readonly isAcknowledgedElsewhere?: ((gateway: string, version: string) => boolean) | undefined;
  /** Why the proxies of a Gateway cannot be run as they should be, in one line. */
  readonly proxyProblem?: ((gateway: string) => string | undefined) | undefined;
  /** The status that an object should have may be another now. O(1) wherever it is called from, so it must be quick. */
  readonly onStatus?: ((object: ResourceKey) => void) | undefined;
}

/**
 * The pipeline: rows in at `apply`, delta xDS out through `fleet`, statuses in `reports`. This is the one place where the
 * stages meet, each handing to the next.
 */
export class Controller {
  readonly reports: Reports;
  /** JSON of `WantedInfrastructure`. Apart, as it is nobody's status. */
  readonly #infrastructure: Reports;
  readonly fleet: Fleet;
  /** Resolves when every source was read once and its whole translation is in force. Nothing is served before. */
  readonly ready: Promise<void>;
  readonly #store = new Store();
  readonly #units = new Units();
  readonly #commit: Commit;
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #pools: Readonly<Record<LaneName, TranslatePool>>;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #onStatus: (object: ResourceKey) => void;
  readonly #proxyProblem: (gateway: string) => string | undefined;
  readonly #isAcknowledgedElsewhere: (gateway: string, version: string) => boolean;
  readonly #named: NamedObjects;
  readonly #quarantined = new Set<UnitName>();
  #isReady = false;
  #becomeReady: () => void = () => {};
  #epoch = 0;

  constructor(
    options: ControllerOptions,
    { log, metrics, clock, onInfrastructure, onStatus, isAcknowledgedElsewhere, proxyProblem }: Surroundings,
  ) {
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#pools = options.pools;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#onStatus = onStatus ?? (() => {});
    this.#proxyProblem = proxyProblem ?? (() => undefined);
    this.#isAcknowledgedElsewhere = isAcknowledgedElsewhere ?? (() => false);
    this.reports = new Reports(
      (object, before, after) => {
        logConditions(log, object, before, after);
        this.#onStatus(object);
      },
      (listener) => this.#gatewayStatusDiffers(listener),
    );
    this.#infrastructure = new Reports((object, _before, after) => {
      const { namespace, name } = splitResourceKey(object);
      onInfrastructure?.(`${namespace}/${name}`, wantedInfrastructure(after));
    });
    this.#commit = new Commit({
      onReferenced: (unit) => this.#begin(unit),
      onUnreferenced: (unit) => this.#end(unit),
      onCommitted: (unit, output, before) => this.#reportsOf(unit).update(output, before),
    });
    this.#lanes = { endpoints: this.#lane('endpoints', options), config: this.#lane('config', options) };
    this.#named = new NamedObjects(options.namedObjectWaitMs, clock, {
      onEnd: (unit) => {
        metrics.namedObjectWaits.inc();
        this.#mark(unit);
      },
    });
    const hooks = {
      ...fleetHooks(log, metrics),
      onListenersHeld: (gateway: string) => this.#gatewayStatusDiffers(gateway),
      onVerdict: () => this.#publish(clock.now()),
    };
    this.fleet = new Fleet(options.stream, clock, hooks, (gateway) =>
      this.#isReady ? this.#commit.views.get(gateway) : undefined,
    );
  }

  /** Takes changes of the source: O(rows changed and the units that read them). Translation comes later. */
  apply(changes: readonly RowChange[]): void {
    const { changed, born, gone } = this.#store.apply(changes);
    for (const unit of gone) {
      this.#end(unit);
      this.#commit.stage(unit, undefined);
      this.#mark(unit);
    }
    for (const key of changed) {
      const isDeleted = isObject(key) && this.#store.read(key) === undefined;
      for (const unit of this.#units.changed([key])) {
        if (isDeleted) this.#named.deleted(unit, key);
        this.#mark(unit);
      }
    }
    for (const unit of born) this.#begin(unit);
  }

  /** Every source has been read to its end at least once: what is absent now does not exist. */
  sourcesComplete(): void {
    for (const lane of Object.values(this.#lanes)) lane.resume();
    this.#checkReady();
  }

  /** Takes effect with the next window and the next wave. */
  setLanes(lanes: Readonly<Record<LaneName, LaneOptions>>): void {
    this.#lanes.endpoints.options = lanes.endpoints;
    this.#lanes.config.options = lanes.config;
  }

  /** Gateways, as `namespace/name`, that have something to serve. */
  gateways(): string[] {
    return [...this.#commit.views].filter(([, view]) => !view.empty).map(([gateway]) => gateway);
  }

  view(gateway: string): View | undefined {
    return this.#commit.views.get(gateway);
  }

  /** Every object that is ours to report on. */
  objects(): Iterable<ResourceKey> {
    return this.reports.objects();
  }

  /** The status that an object should have now; undefined for one that is not ours. */
  status(object: ResourceKey): unknown {
    const report = this.reports.status(object);
    if (report === undefined) return undefined;
    const status: unknown = JSON.parse(report);
    const { kind, namespace, name } = splitResourceKey(object);
    if (kind !== 'Gateway') return status;
    const gateway = `${namespace}/${name}`;
    const attached = (listener: string): number => this.reports.attachedRoutes(`${gateway}/${listener}`);
    return gatewayStatus(status, attached, this.#isProgrammed(gateway), this.#proxyProblem(gateway));
  }

  /** What the proxies of a Gateway, `namespace/name`, are to run as; undefined for one that is not ours. */
  infrastructure(gateway: string): WantedInfrastructure | undefined {
    const [namespace = '', name = ''] = gateway.split('/');
    return wantedInfrastructure(this.#infrastructure.status(resourceKey('Infrastructure', namespace, name)));
  }

  /** As `status`, with why there is none. */
  wantedStatus(object: ResourceKey): WantedStatus {
    const status = this.status(object);
    if (status !== undefined) return { kind: 'status', status };
    const unit = reportUnit(object);
    const isTranslated = this.#commit.isInForce(unit) && !this.#quarantined.has(unit);
    return isTranslated ? { kind: 'none' } : { kind: 'unknown' };
  }

  /** Version of the Gateway's Listeners if a proxy that is connected here has ACKed each of them as it is now. */
  acknowledged(gateway: string): string | undefined {
    return this.#listenersVersion(gateway, (listener) => this.fleet.has(gateway, typeUrl.listener, listener));
  }

  /** What other replicas or the leader know of a Gateway's proxies may be different now. */
  proxiesDiffer(gateway: string): void {
    this.#gatewayStatusDiffers(gateway);
  }

  /** How many units exist: those that rows name, and those that other units refer to. */
  get units(): number {
    return this.#units.size;
  }

  /** Names that wait or are with a worker, and results that wait for others: 0 when everything is in force. */
  get backlog(): number {
    let sum = this.#commit.waiting;
    for (const { backlog } of Object.values(this.#lanes)) sum += backlog.dirty + backlog.underWay;
    return sum;
  }

  /** Memory of the workers' heaps, in bytes. */
  async workerHeapBytes(): Promise<number> {
    const heaps = await Promise.all(Object.values(this.#pools).map((pool) => pool.heapBytes()));
    return heaps.reduce((sum, bytes) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    this.#named.close();
    for (const lane of Object.values(this.#lanes)) lane.close();
    await Promise.all(Object.values(this.#pools).map((pool) => pool.close()));
  }

  #isProgrammed(gateway: string): boolean {
    const version = this.#listenersVersion(gateway, () => true);
    if (version === undefined) return false;
    return this.acknowledged(gateway) !== undefined || this.#isAcknowledgedElsewhere(gateway, version);
  }

  /** Of a Gateway's Listeners, the same on every replica; undefined when it has none, or one that is not `good`. */
  #listenersVersion(gateway: string, good: (listener: XdsResource) => boolean): string | undefined {
    const view = this.#commit.views.get(gateway);
    const listeners = [...(view?.names(typeUrl.listener) ?? [])]
      .sort()
      .map((name) => view?.get(typeUrl.listener, name));
    if (listeners.length === 0) return undefined;
    if (!listeners.every((listener) => listener !== undefined && good(listener))) return undefined;
    return contentHash(listeners.map((listener) => `${listener?.name} ${listener?.version}`).join('\n'));
  }

  #reportsOf(unit: UnitName): Reports {
    return unitKind(unit) === 'Infrastructure' ? this.#infrastructure : this.reports;
  }

  /** `name` begins with `namespace/gateway`; a proxy's may be anything. */
  #gatewayStatusDiffers(name: string): void {
    const [namespace = '', gateway = ''] = name.split('/');
    const object = resourceKey('Gateway', namespace, gateway);
    if (this.reports.status(object) !== undefined) this.#onStatus(object);
  }

  #begin(unit: UnitName): void {
    this.#units.add(unit);
    this.#lanes[laneOf(unit)].join(unit);
  }

  #end(unit: UnitName): void {
    this.#units.delete(unit);
    this.#named.forget(unit);
    this.#setQuarantined(unit, false);
  }

  #mark(unit: UnitName): void {
    const lane = laneOf(unit);
    if (!this.#lanes[lane].mark(unit)) this.#metrics.coalescedEvents.inc({ lane });
  }

  #lane(name: LaneName, options: ControllerOptions): Lane {
    return new Lane(options.lanes[name], this.#clock, {
      alive: (unit) => this.#units.has(unit),
      translate: (units) => this.#translate(name, units),
      complete: (wave) => this.#complete(name, wave),
    });
  }

  async #translate(lane: LaneName, units: readonly UnitName[]): Promise<readonly UnitName[]> {
    const startedAt = this.#clock.now();
    const cut = this.#units.beginCut();
    const again: UnitName[] = [];
    try {
      const outcomes = await translateUnits(
        units,
        (part) => this.#encode(part),
        this.#pools[lane],
        units.some((unit) => this.#isUnproven(unit)),
        (error) => this.#onWorkerEnd(lane, error),
      );
      for (const outcome of outcomes) {
        this.#guard(outcome.unit, () => {
          if (this.#settle(outcome, cut)) again.push(outcome.unit);
        });
      }
    } catch (error) {
      // What `translateUnits` does not turn into an outcome is a bug of the batch's encoding: the last good outputs stay.
      this.#onBug(units[0], error);
    } finally {
      this.#units.endCut(cut);
    }
    if (again.length > 0) this.#metrics.needs.inc({ lane }, again.length);
    if (lane === 'endpoints') this.#publishEndpoints(startedAt);
    return again;
  }

  /** Whether it is not known that the unit's translation comes to an end. */
  #isUnproven(unit: UnitName): boolean {
    return this.#quarantined.has(unit) || !this.#commit.hasOutput(unit);
  }

  #encode(units: readonly UnitName[]): EncodedBatch {
    const keys = new Set<ReadKey>();
    for (const unit of units) {
      const reads = this.#units.reads(unit);
      const wanted = reads.length > 0 ? reads : firstKeys(unit, (key) => this.#store.follow(key));
      for (const key of wanted) keys.add(key);
    }
    return encodeBatch(units, [...keys], (key) => this.#store.read(key));
  }

  /** Keeps one outcome; true when the unit has to go again at once. */
  #settle(outcome: Outcome, cut: Cut): boolean {
    const { unit } = outcome;
    if (!this.#units.has(unit)) return false;
    if (outcome.kind === 'need') {
      const known = new Set([...this.#units.reads(unit), ...outcome.reads, ...outcome.needs]);
      this.#units.record(unit, [...known], cut);
      return true;
    }
    const current = this.#units.record(unit, outcome.reads, cut);
    if (outcome.kind === 'ok') {
      this.#metrics.translate.observe({ unit: unitKind(unit) }, outcome.micros / 1e6);
      this.#setQuarantined(unit, false);
      if (!this.#holds(unit, outcome.reads)) this.#stage(unit, outcome.output);
    } else {
      this.#log.error({ unit, message: outcome.message }, 'translation failed; the last good output stays');
      this.#metrics.translateFaults.inc({ unit: unitKind(unit), reason: 'fault' });
      this.#setQuarantined(unit, true);
      // Without any good output, what refers to the unit would wait for it for ever.
      if (!this.#commit.hasOutput(unit)) this.#stage(unit, noOutput);
    }
    if (!current) this.#mark(unit);
    return false;
  }

  /** Whether the unit waits for an object that it names for the first time. */
  #holds(unit: UnitName, reads: readonly ReadKey[]): boolean {
    const absent = reads.filter((key) => isAwaited(unit, key) && this.#store.read(key) === undefined);
    if (this.#isReady) return this.#named.holds(unit, absent);
    this.#named.accept(unit, absent);
    return false;
  }

  #stage(unit: UnitName, output: UnitOutput): void {
    this.#commit.stage(unit, output);
    if (laneOf(unit) === 'endpoints') this.#commit.apply(unit);
  }

  /** An endpoint belongs to no wave, so it goes as soon as it is translated. */
  #publishEndpoints(since: number): void {
    if (!this.#commit.committing) this.#commit.applyWaiting();
    if (!this.#isReady) return;
    for (const [gateway, view] of this.#commit.views) {
      const changes = view.takeEndpointChanges();
      if (changes.size > 0) this.fleet.publish(gateway, view, changes, since);
    }
  }

  /** Puts the wave's results into force, in slices so that the main thread stays free, and publishes them as one. */
  async #complete(lane: LaneName, wave: Wave): Promise<void> {
    const startedAt = this.#clock.now();
    const inSlices = lane === 'config' && (await this.#commitInSlices());
    this.#guard(undefined, () => this.#publish(startedAt - wave.translateMs - wave.windowMs, inSlices));
    if (lane === 'config') this.#commit.forgetEmptyViews();
    this.#observe(lane, wave, this.#clock.now() - startedAt);
    // The lane counts as busy until this function is done.
    setImmediate(() => this.#checkReady());
  }

  /** Returns whether others had a turn in between. */
  async #commitInSlices(): Promise<boolean> {
    this.#commit.committing = true;
    let inSlices = false;
    let sliceStart = this.#clock.now();
    for (const unit of this.#commit.pending()) {
      this.#guard(unit, () => this.#commit.applyPending(unit));
      if (this.#clock.now() - sliceStart < sliceMs) continue;
      inSlices = true;
      await immediate();
      sliceStart = this.#clock.now();
    }
    this.#commit.committing = false;
    this.#commit.applyWaiting();
    return inSlices;
  }

  /** Our own bug costs the unit it strikes a change, and nobody else anything: the pipeline goes on. */
  #guard(unit: UnitName | undefined, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#onBug(unit, error);
    }
  }

  #onBug(unit: UnitName | undefined, error: unknown): void {
    this.#log.error({ unit, error: stackText(error) }, 'a bug in Sluice: what was in force stays');
    this.#metrics.translateFaults.inc({ unit: unit === undefined ? '' : unitKind(unit), reason: 'bug' });
  }

  /** `toAll`: also Gateways without a change, whose proxies may have asked for something while nothing could be sent. */
  #publish(since: number, toAll = false): void {
    if (!this.#isReady || this.#commit.committing) return;
    for (const [gateway, view] of this.#commit.views) {
      const changes = view.takeChanges();
      if (changes.size === 0 && !toAll) continue;
      if (changes.size > 0) view.epoch = ++this.#epoch;
      if (changes.has(typeUrl.listener)) this.#gatewayStatusDiffers(gateway);
      this.fleet.publish(gateway, view, changes, since);
    }
  }

  #checkReady(): void {
    if (this.#isReady || this.#commit.waiting > 0) return;
    if (!Object.values(this.#lanes).every((lane) => lane.idle)) return;
    this.#isReady = true;
    this.#publish(this.#clock.now());
    this.#becomeReady();
  }

  #setQuarantined(unit: UnitName, quarantined: boolean): void {
    if (quarantined) this.#quarantined.add(unit);
    else if (!this.#quarantined.delete(unit)) return;
    this.#metrics.quarantinedUnits.set(this.#quarantined.size);
  }

  #onWorkerEnd(lane: LaneName, error: Error): void {
    this.#log.warn(
      { lane, error: error.message },
      'a worker ended without an answer; its units go again, alone',
    );
    this.#metrics.workerRestarts.inc({ lane, reason: workerEndReason(error) });
  }

  #observe(lane: LaneName, wave: Wave, commitMs: number): void {
    const { window, waveUnits, propagation, dirtyUnits } = this.#metrics;
    window.observe({ lane }, wave.windowMs / 1000);
    waveUnits.observe({ lane }, wave.units);
    propagation.observe({ lane, stage: 'window' }, wave.windowMs / 1000);
    propagation.observe({ lane, stage: 'translate' }, wave.translateMs / 1000);
    propagation.observe({ lane, stage: 'commit' }, commitMs / 1000);
    dirtyUnits.set({ lane }, this.#lanes[lane].backlog.dirty);
    if (wave.late > 0)
      this.#log.warn({ lane, units: wave.late }, 'published without units whose worker is late');
  }
}

/** How long the main thread stays with one commit before it lets endpoints and proxies have a turn. */
const sliceMs = 8;

/** What users name in the spec of another object and create beside it. */
const awaitedKinds: ReadonlySet<string> = new Set([
  'Service',
  'Secret',
  'ConfigMap',
  'Namespace',
  'EnvoyProxy',
]);

const ofGateway: ReadonlySet<string> = new Set(['Gateway', 'Listener']);

function isAwaited(unit: UnitName, key: ReadKey): boolean {
  if (!isObject(key)) return false;
  const { kind } = splitResourceKey(key);
  // The Service that a Gateway reads is that of its own proxies, which is made only after the Gateway is accepted.
  return awaitedKinds.has(kind) && !(kind === 'Service' && ofGateway.has(unitKind(unit)));
}

function isObject(key: ReadKey): key is ResourceKey {
  return !isIndexKey(key);
}

const noOutput: UnitOutput = {
  resources: [],
  virtualHosts: [],
  refs: [],
  report: undefined,
  attachments: [],
};

function wantedInfrastructure(report: string | undefined): WantedInfrastructure | undefined {
  return report === undefined ? undefined : (JSON.parse(report) as WantedInfrastructure);
}

function laneOf(unit: UnitName): LaneName {
  return unitKind(unit) === 'ClusterLoadAssignment' ? 'endpoints' : 'config';
}
