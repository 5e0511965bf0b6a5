import { setImmediate as immediate } from 'node:timers/promises';
import type { UnitOutput, XdsResource } from '../batch/outcome.ts';
import type { Wave } from '../schedule/wave.ts';
import type { Clock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import { resourceKey, splitResourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import { Bugs } from '../observe/bugs.ts';
import { fleetHooks } from '../observe/fleet-hooks.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { fleetOf, gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import { kindOf } from '../kinds/followed-kinds.ts';
import type { WantedInfrastructure } from '../kinds/own/infrastructure.ts';
import type { RowChange } from '../kinds/row.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import { laneOf, objectUnit, unitKind } from '../units/unit.ts';
import type { LaneName } from '../units/unit-def.ts';
import { ConditionLog } from '../status/condition-log.ts';
import { gatewayStatus } from '../status/gateway-status.ts';
import { Refusals, type RefusalsOfObject } from '../status/refusals.ts';
import { Reports } from '../status/reports.ts';
import { policyStatus } from '../status/policy-status.ts';
import { routeStatus } from '../status/route-status.ts';
import type { WantedStatus } from '../status/status-writer.ts';
import { Translation, type TranslationOptions } from '../schedule/translation.ts';
import { Commit } from '../publish/commit.ts';
import { Fleet } from '../xds/fleet.ts';
import type { StreamOptions } from '../xds/delta-stream.ts';
import type { Refusal } from '../publish/refusal.ts';
import { typeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';

export interface ControllerOptions extends TranslationOptions {
  readonly stream: StreamOptions;
}

export interface Surroundings {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Called with what the proxies of a fleet are to run as from now on; undefined: it is not ours any more. */
  readonly onInfrastructure?: (fleet: FleetKey, wanted: WantedInfrastructure | undefined) => void;
  /** Whether proxies that are connected to another replica have ACKed this version of a Gateway's Listeners. */
  readonly isAcknowledgedElsewhere?: ((gateway: string, version: string) => boolean) | undefined;
  /** Why proxies that are connected to another replica refuse what was made of the object. */
  readonly refusedElsewhere?: ((object: ResourceKey) => RefusalsOfObject) | undefined;
  /** Told of the code that a plugin wants, by the key of its row; undefined: it wants none any more. */
  readonly onModule?: ((plugin: ResourceKey, wanted: WantedModule | undefined) => void) | undefined;
  /** Code by its SHA-256. */
  readonly module?: ((sha256: string) => Uint8Array | undefined) | undefined;
  /** Why the proxies of a fleet cannot be run as they should be, in one line. */
  readonly proxyProblem?: ((fleet: FleetKey) => string | undefined) | undefined;
  /** The status that an object should have may be another now. O(1) wherever it is called from, so it must be quick. */
  readonly onStatus?: ((object: ResourceKey) => void) | undefined;
}

/**
 * The pipeline: rows in at `apply`, delta xDS out through `fleet`, statuses in `reports`. This is where its two halves
 * meet: what is translated is put into force here, published, and reported on.
 */
export class Controller {
  readonly reports: Reports;
  /** JSON of `WantedInfrastructure`. Apart, as it is nobody's status. */
  readonly #infrastructure: Reports;
  /** JSON of `WantedModule`, likewise; it holds credentials. */
  readonly #modules: Reports;
  readonly fleet: Fleet;
  /** Resolves when every source was read once and its whole translation is in force. Nothing is served before. */
  readonly ready: Promise<void>;
  readonly #translation: Translation;
  readonly #commit: Commit;
  readonly #refusals = new Refusals();
  readonly #bugs: Bugs;
  readonly #clock: Clock;
  readonly #surroundings: Surroundings;
  /** Units of endpoints that nothing referred to before and that have no output yet. */
  readonly #newEndpoints = new Map<UnitName, PromiseWithResolvers<void>>();
  readonly #holdMs: number;
  /** Cancels what waits for proxies to let go of plugins. */
  readonly #lingering = new Set<() => void>();
  #isReady = false;
  #becomeReady: () => void = () => {};
  #epoch = 0;

  constructor(options: ControllerOptions, surroundings: Surroundings) {
    const { log, metrics, clock, onInfrastructure, onModule } = surroundings;
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.#holdMs = options.stream.holdMs;
    this.#bugs = new Bugs(log, metrics);
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    const conditionLog = new ConditionLog(log, clock);
    this.reports = new Reports(
      (object, before, after) => {
        conditionLog.changed(object, before, after);
        surroundings.onStatus?.(object);
      },
      (listener) => this.gatewayDiffers(listener),
    );
    this.#infrastructure = new Reports((object, _before, after) => {
      const { namespace, name } = splitResourceKey(object);
      onInfrastructure?.(fleetOf(`${namespace}/${name}`), wantedInfrastructure(after));
    });
    this.#modules = new Reports((plugin, _before, after) => {
      onModule?.(plugin, after === undefined ? undefined : (JSON.parse(after) as WantedModule));
    });
    this.#commit = new Commit(
      {
        onReferenced: (unit) => {
          if (laneOf(unit) === 'endpoints') this.#newEndpoints.set(unit, Promise.withResolvers());
          this.#translation.begin(unit);
        },
        onUnreferenced: (unit) => {
          this.#haveCome(unit);
          this.#translation.end(unit);
        },
        onCommitted: (unit, output, before) => this.#reportsOf(unit).update(output, before),
        onLinger: (end) => {
          const cancel = clock.after(options.stream.holdMs + options.stream.drainMs, () => {
            this.#lingering.delete(cancel);
            this.#bugs.guard(undefined, end);
            this.#publish(clock.now());
          });
          this.#lingering.add(cancel);
        },
      },
      surroundings.module,
    );
    this.#translation = new Translation(options, {
      log,
      metrics,
      clock,
      bugs: this.#bugs,
      isReady: () => this.#isReady,
      hasOutput: (unit) => this.#commit.hasOutput(unit),
      newest: (unit) => this.#commit.newest(unit),
      onOutput: (unit, output) => this.#stage(unit, output),
      onBatch: (lane, startedAt) => {
        if (lane === 'endpoints') this.#publishEndpoints(startedAt);
      },
      onWave: (lane, wave) => this.#complete(lane, wave),
    });
    const hooks = {
      ...fleetHooks(log, metrics),
      onListenersHeld: (fleet: FleetKey) => this.proxiesDiffer(fleet),
      onVerdict: (fleet: FleetKey) => {
        this.#publish(clock.now());
        this.#findRefusals(fleet);
      },
    };
    this.fleet = new Fleet(options.stream, clock, hooks, (fleet) =>
      this.#isReady ? this.#commit.views.get(fleet) : undefined,
    );
  }

  /** Takes changes of the source: O(rows changed and the units that read them). Translation comes later. */
  apply(changes: readonly RowChange[]): void {
    this.#translation.apply(changes);
  }

  /** Every source has been read to its end at least once: what is absent now does not exist. */
  sourcesComplete(): void {
    this.#translation.resume();
    this.#checkReady();
  }

  /** Takes effect with the next window and the next wave. */
  setLanes(lanes: ControllerOptions['lanes']): void {
    this.#translation.setLanes(lanes);
  }

  /** Gateways, as `namespace/name`, that have something to serve. */
  gateways(): string[] {
    const fleets = [...this.#commit.views].filter(([, view]) => !view.empty).map(([fleet]) => fleet);
    return fleets.flatMap(gatewaysOf).map(gatewayName);
  }

  /** The view of the fleet that serves a Gateway, `namespace/name`. */
  view(gateway: string): View | undefined {
    return this.#commit.views.get(fleetOf(gateway));
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
    const elsewhere = this.#surroundings.refusedElsewhere?.(object) ?? [];
    const refusals = new Map([...elsewhere, ...this.refusals(object)]);
    const fields = kindOf(kind)?.status?.fields ?? {};
    if ('ancestors' in fields) return policyStatus(status, refusals);
    if ('parents' in fields) return routeStatus(status, namespace, refusals);
    if (!('listeners' in fields)) return status;
    const gateway = `${namespace}/${name}`;
    return gatewayStatus(status, {
      attachedRoutes: (listener) => this.reports.attachedRoutes(`${gateway}/${listener}`),
      isProgrammed: this.#isProgrammed(gateway),
      problem: this.#surroundings.proxyProblem?.(fleetOf(gateway)),
      refusals,
    });
  }

  /** Why proxies that are connected here refuse what was made of the object. */
  refusals(object: ResourceKey): RefusalsOfObject {
    return this.#refusals.of(object);
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
    const unit = objectUnit(object);
    const isTranslated = this.#commit.isInForce(unit) && !this.#translation.isQuarantined(unit);
    return isTranslated ? { kind: 'none' } : { kind: 'unknown' };
  }

  /** Version of the Gateway's Listeners if a proxy that is connected here has ACKed each of them as it is now. */
  acknowledged(gateway: string): string | undefined {
    const fleet = fleetOf(gateway);
    return this.#listenersVersion(gateway, (listener) => this.fleet.has(fleet, typeUrl.listener, listener));
  }

  /** What is known of a fleet's proxies may be different now. */
  proxiesDiffer(fleet: FleetKey): void {
    for (const gateway of gatewaysOf(fleet)) this.statusMayDiffer(gateway);
  }

  /** The status of a Gateway may be different now. `name` begins with `namespace/gateway`. */
  gatewayDiffers(name: string): void {
    const [namespace = '', gateway = ''] = name.split('/');
    this.statusMayDiffer(resourceKey('Gateway', namespace, gateway));
  }

  /** What proxies have or refuse of the object may be different now. One that is not ours has no status. */
  statusMayDiffer(object: ResourceKey): void {
    if (this.reports.status(object) !== undefined) this.#surroundings.onStatus?.(object);
  }

  /** How many units exist: those that rows name, and those that other units refer to. */
  get units(): number {
    return this.#translation.units;
  }

  /** Names that wait or are with a worker, and results that wait for others: 0 when everything is in force. */
  get backlog(): number {
    return this.#commit.waiting + this.#translation.backlog;
  }

  /** Memory of the workers' heaps, in bytes. */
  workerHeapBytes(): Promise<number> {
    return this.#translation.workerHeapBytes();
  }

  close(): Promise<void> {
    for (const cancel of this.#lingering) cancel();
    return this.#translation.close();
  }

  #isProgrammed(gateway: string): boolean {
    const version = this.#listenersVersion(gateway, () => true);
    if (version === undefined) return false;
    return (
      this.acknowledged(gateway) !== undefined ||
      this.#surroundings.isAcknowledgedElsewhere?.(gateway, version) === true
    );
  }

  /** Of a Gateway's Listeners, the same on every replica; undefined when it has none, or one that is missing or not `good`. */
  #listenersVersion(gateway: string, good: (listener: XdsResource) => boolean): string | undefined {
    const [namespace = '', name = ''] = gateway.split('/');
    const unit = objectUnit(resourceKey('Gateway', namespace, name));
    const view = this.view(gateway);
    const listeners = [...this.#commit.namesUnder(unit, typeUrl.listener)]
      .sort()
      .map((listener) => view?.get(typeUrl.listener, listener));
    if (listeners.length === 0) return undefined;
    if (!listeners.every((listener) => listener !== undefined && good(listener))) return undefined;
    return contentHash(listeners.map((listener) => `${listener?.name} ${listener?.version}`).join('\n'));
  }

  #reportsOf(unit: UnitName): Reports {
    const kind = unitKind(unit);
    if (kind === 'Infrastructure') return this.#infrastructure;
    return kind === 'WasmModule' ? this.#modules : this.reports;
  }

  #stage(unit: UnitName, output: UnitOutput | undefined): void {
    this.#commit.stage(unit, output);
    if (laneOf(unit) === 'endpoints') this.#commit.apply(unit);
    this.#haveCome(unit);
  }

  /** An endpoint belongs to no wave, so it goes as soon as it is translated. */
  #publishEndpoints(since: number): void {
    // Clusters and routes that waited for these endpoints need an epoch, so that routes go after their clusters.
    if (this.#commit.committing.size === 0 && this.#commit.applyWaiting()) {
      this.#publish(since);
      return;
    }
    if (!this.#isReady) return;
    for (const [fleet, view] of this.#commit.takeTouched('endpoints')) {
      const changes = view.takeFreeChanges();
      if (changes.size > 0) this.fleet.publish(fleet, view, changes, since);
    }
  }

  /** Puts the wave's results into force, in slices so that the main thread stays free, and publishes them as one. */
  async #complete(lane: LaneName, wave: Wave): Promise<void> {
    const startedAt = this.#clock.now();
    if (lane === 'config') {
      await this.#allHaveCome(wave);
      await this.#commitInSlices(wave);
    }
    this.#bugs.guard(undefined, () => {
      // Not sooner: until it is published, what has come into force has no epoch.
      if (lane === 'config') this.#endCommit(wave);
      this.#publish(startedAt - wave.translateMs - wave.windowMs);
    });
    // The lane counts as busy until this function is done.
    setImmediate(() => this.#checkReady());
  }

  /**
   * Resolves when the endpoints that this wave refers to for the first time are there, or after `holdMs`. Otherwise routes of
   * one change would come into force one after the other, each when its own endpoints do.
   */
  async #allHaveCome({ members }: Wave): Promise<void> {
    if (!this.#isReady || this.#newEndpoints.size === 0) return;
    const awaited = new Set<Promise<void>>();
    for (const unit of members) {
      for (const ref of this.#commit.stagedRefs(unit)) {
        const coming = this.#newEndpoints.get(ref);
        if (coming !== undefined) awaited.add(coming.promise);
      }
    }
    if (awaited.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(this.#holdMs, resolve);
    await Promise.race([Promise.all(awaited), promise]);
    cancel();
  }

  #haveCome(unit: UnitName): void {
    this.#newEndpoints.get(unit)?.resolve();
    this.#newEndpoints.delete(unit);
  }

  async #commitInSlices({ key, members }: Wave): Promise<void> {
    this.#commit.committing.add(key);
    let sliceStart = this.#clock.now();
    for (const unit of members) {
      this.#bugs.guard(unit, () => this.#commit.applyPending(unit));
      if (this.#clock.now() - sliceStart < sliceMs) continue;
      await immediate();
      sliceStart = this.#clock.now();
    }
  }

  #endCommit({ key }: Wave): void {
    this.#commit.committing.delete(key);
    this.#commit.applyWaiting();
  }

  /** O(what is different): views that nothing has touched are not looked at. */
  #publish(since: number): void {
    if (!this.#isReady) return;
    for (const [fleet, view] of this.#commit.takeTouched('all')) {
      const changes = view.takeChanges();
      if (changes.size > 0) {
        view.epoch = ++this.#epoch;
        if (changes.has(typeUrl.listener)) this.proxiesDiffer(fleet);
        this.fleet.publish(fleet, view, changes, since);
        if (this.#refusals.has(fleet)) this.#findRefusals(fleet);
      }
      this.#commit.forgetIfEmpty(fleet);
    }
    this.fleet.releaseHeldBack();
  }

  #checkReady(): void {
    if (this.#isReady || this.#commit.waiting > 0 || !this.#translation.idle) return;
    this.#isReady = true;
    this.#publish(this.#clock.now());
    this.#becomeReady();
  }

  /** Finds the objects for which proxies of the Gateway refuse something. Rare, so it may search. */
  #findRefusals(fleet: FleetKey): void {
    const objects = new Map<ResourceKey, string>();
    for (const refusal of this.#commit.views.get(fleet)?.refusals() ?? []) {
      for (const object of this.#causes(fleet, refusal)) objects.set(object, refusalText(refusal));
    }
    const { log } = this.#surroundings;
    for (const object of this.#refusals.set(fleet, objects)) {
      const message = objects.get(object);
      if (message === undefined)
        log.info({ object, gateway: fleet }, 'no proxy refuses what was made of it any more');
      else log.warn({ object, gateway: fleet }, message);
      this.statusMayDiffer(object);
    }
  }

  /** The user's objects that say of a refused resource that it is: those it was made of, or else those that use it. */
  #causes(fleet: FleetKey, { type, name, madeOf }: Refusal): readonly ResourceKey[] {
    const hasStatus = (object: ResourceKey): boolean => this.reports.status(object) !== undefined;
    let causes = madeOf.filter(hasStatus);
    for (const objects of this.#commit.usersOf(fleet, type, name)) {
      if (causes.length > 0) break;
      causes = objects.filter(hasStatus);
    }
    return causes;
  }
}

/** How long the main thread stays with one commit before it lets endpoints and proxies have a turn. */
const sliceMs = 8;

/** Of a proxy's words: enough to find the field by. */
const maxWords = 600;

function refusalText({ type, name, domain, message }: Refusal): string {
  const part = type === typeUrl.extension ? `plugins ${domain}` : `its routes for ${domain}`;
  const what = domain === undefined ? name : `${part} in ${name}`;
  const line = message.trim().replaceAll(/\s+/g, ' ');
  const words = line.length > maxWords ? `${line.slice(0, maxWords)}…` : line;
  return `a proxy refuses ${what}, of which the last good version stays: ${words}`;
}

function gatewayName(gateway: ResourceKey): string {
  const { namespace, name } = splitResourceKey(gateway);
  return `${namespace}/${name}`;
}

function wantedInfrastructure(report: string | undefined): WantedInfrastructure | undefined {
  return report === undefined ? undefined : (JSON.parse(report) as WantedInfrastructure);
}
