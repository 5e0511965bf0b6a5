import { setImmediate as immediate } from 'node:timers/promises';
import type { UnitOutput } from '../batch/outcome.ts';
import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import { arrivedAt, type Origin } from '../lib/origin.ts';
import { laneOf, objectUnit } from '../units/unit.ts';
import { gatewaysOf, type FleetKey } from '../units/fleet-key.ts';
import type { LaneName } from '../units/unit-def.ts';
import { AwaitedUnits } from './awaited-units.ts';
import { Commit } from './commit.ts';
import { FleetViews } from './fleet-views.ts';
import type { Changes } from './view-changes.ts';
import type { View } from './view.ts';

export interface PublicationOptions {
  /** Time that a wave waits for new endpoints. */
  readonly holdMs: number;
  /** Time that proxies may use a resource after the last route that names it is removed. */
  readonly drainMs: number;
}

export interface Units {
  begin(unit: UnitName): void;
  end(unit: UnitName): void;
  readonly idle: boolean;
}

export interface Proxies {
  publish(fleet: FleetKey, view: View, changes: Changes, origin: Origin): void;
  sendPostponed(): void;
}

export interface PublicationPorts {
  readonly clock: Clock;
  /** Runs a step, so that its bugs end no other step. */
  readonly guard: (unit: UnitName | undefined, step: () => void) => void;
  readonly blob: ((sha256: string) => Uint8Array | undefined) | undefined;
  readonly onCommitted: (
    unit: UnitName,
    output: UnitOutput | undefined,
    before: UnitOutput | undefined,
  ) => void;
  /** Called with the reason when translation of a unit fails, and without one when it succeeds again. */
  readonly onFailed?: (unit: UnitName, message: string | undefined) => void;
  readonly onPublished: (fleet: FleetKey, changes: Changes) => void;
}

export interface CompleteWave {
  readonly key: string;
  readonly members: ReadonlySet<UnitName>;
  readonly windowMs: number;
  readonly translateMs: number;
}

/** Takes units' results, puts those of a wave into force together, and publishes the views that differ. */
export class Publication {
  /** Resolves when every source was read once and all of its translation is in force. Nothing is served before. */
  readonly ready: Promise<void>;
  readonly commit: Commit;
  readonly views: FleetViews;
  readonly #options: PublicationOptions;
  readonly #ports: PublicationPorts;
  /** Units of endpoints that are newly referred to and have no output yet. */
  readonly #newEndpoints: AwaitedUnits;
  readonly #lingering = new Set<() => void>();
  #stages: { readonly units: Units; readonly proxies: Proxies } | undefined;
  #isReady = false;
  #becomeReady: () => void = () => {};
  #epoch = 0;

  constructor(options: PublicationOptions, ports: PublicationPorts) {
    this.#options = options;
    this.#ports = ports;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#newEndpoints = new AwaitedUnits(ports.clock);
    this.views = new FleetViews(ports.blob);
    this.commit = new Commit(this.views, {
      onReferenced: (unit) => {
        if (laneOf(unit) === 'endpoints') this.#newEndpoints.add(unit);
        this.#stages?.units.begin(unit);
      },
      onUnreferenced: (unit) => {
        this.#newEndpoints.come(unit);
        this.#stages?.units.end(unit);
      },
      onCommitted: ports.onCommitted,
      onLinger: (end) => this.#linger(end),
    });
  }

  /** Connects the stages before and after this one. No result is taken before that. */
  connect(units: Units, proxies: Proxies): void {
    this.#stages = { units, proxies };
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * Returns the view of a fleet, an empty one if its Gateway serves nothing: its proxies may still have what it served
   * before Sluice started. Undefined until a first complete one may be served, and for a Gateway that is not Sluice's or
   * that translation has failed for.
   */
  viewOf(fleet: FleetKey): View | undefined {
    if (!this.#isReady) return undefined;
    const isKnown = (): boolean =>
      gatewaysOf(fleet).some((gateway) => this.commit.isReported(objectUnit(gateway)));
    return this.views.get(fleet) ?? (isKnown() ? this.views.empty(fleet) : undefined);
  }

  hasOutput(unit: UnitName): boolean {
    return this.commit.hasOutput(unit);
  }

  newest(unit: UnitName): UnitOutput | undefined {
    return this.commit.newest(unit);
  }

  /** Takes the unit's newest result; undefined: it has ended. It comes into force with its wave, endpoints at once. */
  put(unit: UnitName, output: UnitOutput | undefined): void {
    this.commit.stage(unit, output);
    if (laneOf(unit) === 'endpoints') this.commit.apply(unit);
    this.#newEndpoints.come(unit);
  }

  failed(unit: UnitName, message: string | undefined): void {
    this.#ports.onFailed?.(unit, message);
  }

  /** Called when a batch of this origin has been taken. Endpoints belong to no wave, so they go now. */
  batchDone(lane: LaneName, origin: Origin): void {
    if (lane === 'config') return;
    // Clusters and routes that waited need an epoch, so that routes go after their clusters.
    if (!this.views.committing && this.commit.applyWaiting()) {
      this.publish(origin);
      return;
    }
    if (!this.#isReady) return;
    for (const [fleet, view] of this.views.takeTouched('endpoints')) {
      const changes = view.takeFreeChanges();
      if (changes.size > 0) this.#stages?.proxies.publish(fleet, view, changes, origin);
    }
  }

  /** Puts the wave's results into force, in slices that leave the main thread free, and publishes them as one. */
  async complete(lane: LaneName, wave: CompleteWave): Promise<void> {
    const startedAt = this.#ports.clock.now();
    if (lane === 'config') {
      await this.#endpointsOf(wave);
      await this.#commitInSlices(wave);
    }
    this.#ports.guard(undefined, () => {
      // Not sooner: what has come into force has no epoch until it is published.
      if (lane === 'config') this.#endCommit(wave);
      this.publish(arrivedAt(startedAt - wave.translateMs - wave.windowMs));
    });
    // The lane counts as busy until this function is done.
    setImmediate(() => this.checkReady());
  }

  /** Publishes the views that differ, O(changes). */
  publish(origin: Origin): void {
    if (!this.#isReady) return;
    for (const [fleet, view] of this.views.takeTouched('all')) {
      const changes = view.takeChanges();
      if (changes.size > 0) {
        view.epoch = ++this.#epoch;
        this.#stages?.proxies.publish(fleet, view, changes, origin);
        this.#ports.onPublished(fleet, changes);
      }
      this.views.forgetIfEmpty(fleet);
    }
    this.#stages?.proxies.sendPostponed();
  }

  /** Serves what there is once sources are complete and all of it is translated and in force. */
  checkReady(): void {
    if (this.#isReady || this.commit.waiting > 0 || this.#stages?.units.idle !== true) return;
    this.#isReady = true;
    this.publish(arrivedAt(this.#ports.clock.now()));
    this.#becomeReady();
  }

  close(): void {
    for (const cancel of this.#lingering) cancel();
  }

  #linger(end: () => void): void {
    const { holdMs, drainMs } = this.#options;
    const { clock, guard } = this.#ports;
    const cancel = clock.after(holdMs + drainMs, () => {
      this.#lingering.delete(cancel);
      guard(undefined, end);
      this.publish(arrivedAt(clock.now()));
    });
    this.#lingering.add(cancel);
  }

  /** Waits for new endpoints: without it, routes of one wave would come into force one by one, as endpoints come. */
  async #endpointsOf({ members }: CompleteWave): Promise<void> {
    if (!this.#isReady || this.#newEndpoints.empty) return;
    const refs = members.values().flatMap((unit) => this.commit.stagedRefs(unit));
    await this.#newEndpoints.all(refs, this.#options.holdMs);
  }

  async #commitInSlices({ key, members }: CompleteWave): Promise<void> {
    const { clock, guard } = this.#ports;
    this.views.begin(key);
    let sliceStart = clock.now();
    for (const unit of members) {
      guard(unit, () => this.commit.applyPending(unit));
      if (clock.now() - sliceStart < sliceMs) continue;
      await immediate();
      sliceStart = clock.now();
    }
  }

  #endCommit({ key }: CompleteWave): void {
    this.views.end(key);
    this.commit.applyWaiting();
  }
}

/** Time that one commit keeps the main thread before endpoints and proxies have a turn. */
const sliceMs = 8;
