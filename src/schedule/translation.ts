import { noOutput, type Outcome } from '../batch/outcome.ts';
import { Arrivals } from './arrivals.ts';
import { Attempts } from './attempts.ts';
import { NamedObjects } from './named-objects.ts';
import type { Results } from './results.ts';
import { RowMakers } from './row-makers.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { LaneCosts } from './lane-costs.ts';
import type { LaneState } from './lane-state.ts';
import { LaneReports } from './lane-reports.ts';
import type { Wave } from './wave.ts';
import { originsOf, WaitingOrigins } from './origins.ts';
import { UnitReads } from './unit-reads.ts';
import { Units, type Cut } from './units.ts';
import type { Clock } from '../lib/clock.ts';
import { isIndexKey, type ReadKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import { arrivedAt, type Origin } from '../lib/origin.ts';
import type { Bugs } from '../observe/bugs.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { translateUnits } from '../pool/retry.ts';
import type { TranslatePool } from '../pool/translate-pool.ts';
import { rowOfFault, waveOf } from '../kinds/unit-place.ts';
import type { DerivedRow, RowChange } from '../kinds/row.ts';
import { DerivedRows } from '../store/derived-rows.ts';
import { Store } from '../store/store.ts';
import { laneOf, levelOf, makerOf, namespaceOf, unitKind } from '../units/unit.ts';
import type { LaneName, WaveName } from '../units/unit-def.ts';

export interface TranslationOptions {
  readonly lanes: Readonly<Record<LaneName, LaneOptions>>;
  readonly pools: Readonly<Record<LaneName, TranslatePool>>;
  /** Time that a change waits for an object that it newly names; 0 where all objects come at once, as from files. */
  readonly namedObjectWaitMs: number;
}

export interface TranslationPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly bugs: Bugs;
}

/** Takes rows and gives results of units. A unit is translated again when a row that it read changes. */
export class Translation {
  readonly #store = new Store();
  readonly #units = new Units();
  readonly #reads = new UnitReads(this.#store, this.#units);
  readonly #makers = new RowMakers(new DerivedRows(this.#store), this.#units);
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #pools: Readonly<Record<LaneName, TranslatePool>>;
  readonly #results: Results;
  readonly #bugs: Bugs;
  readonly #log: Log;
  readonly #reports: LaneReports;
  readonly #costs: LaneCosts;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #named: NamedObjects;
  readonly #arrivals: Arrivals;
  readonly #attempts: Attempts;
  /** Holds units of the endpoints lane alone: results of the others are published by the time of their wave. */
  readonly #origins = new WaitingOrigins();
  /** The unit whose result is being kept: a unit that starts now is needed by it. */
  #settling: UnitName | undefined;

  constructor(
    options: TranslationOptions,
    results: Results,
    { log, metrics, clock, bugs }: TranslationPorts,
  ) {
    this.#results = results;
    this.#bugs = bugs;
    this.#log = log;
    this.#reports = new LaneReports(log, metrics, clock);
    this.#costs = new LaneCosts(clock, { isQuarantined: (unit) => this.#attempts.isQuarantined(unit) });
    metrics.namespaceTranslate.read = () => this.#costs.used();
    this.#metrics = metrics;
    this.#clock = clock;
    this.#pools = options.pools;
    this.#lanes = { endpoints: this.#lane('endpoints', options), config: this.#lane('config', options) };
    this.#named = new NamedObjects(options.namedObjectWaitMs, clock, {
      onEnd: (unit) => {
        metrics.namedObjectWaits.inc();
        this.#mark(unit);
      },
    });
    this.#arrivals = new Arrivals(this.#named, this.#store, results);
    this.#attempts = new Attempts(metrics);
  }

  /** Takes changes of the source: O(rows changed and their readers). Translation comes later. */
  apply(changes: readonly RowChange[]): void {
    const originOf = originsOf(changes, this.#clock);
    const { changed, ...named } = this.#store.apply(changes);
    const { started, ended } = this.#makers.named(named);
    for (const unit of ended) this.#leave(unit);
    for (const key of changed) {
      const isDeleted = !isIndexKey(key) && this.#store.read(key) === undefined;
      for (const unit of this.#units.changed([key])) {
        if (isDeleted) this.#named.deleted(unit, key);
        this.#mark(unit, originOf(key));
      }
      for (const unit of this.#named.waiting(key)) this.#mark(unit, originOf(key));
    }
    for (const unit of started) this.begin(unit);
  }

  /** Starts translation. Called when every source has been read completely. */
  resume(): void {
    for (const lane of Object.values(this.#lanes)) lane.resume();
  }

  setLanes(lanes: Readonly<Record<LaneName, LaneOptions>>): void {
    this.#lanes.endpoints.options = lanes.endpoints;
    this.#lanes.config.options = lanes.config;
  }

  get idle(): boolean {
    return Object.values(this.#lanes).every((lane) => lane.idle);
  }

  /** Number of units that exist: named by a row, or referred to by another unit. */
  get units(): number {
    return this.#units.size;
  }

  /** Units that wait or are with a worker. */
  get backlog(): number {
    return Object.values(this.#lanes).reduce((sum, lane) => sum + lane.dirty + lane.underWay, 0);
  }

  /** Costs O(waves under way). */
  laneStates(): Readonly<Record<LaneName, LaneState>> {
    return { endpoints: this.#lanes.endpoints.state, config: this.#lanes.config.state };
  }

  /** Returns the bytes of an object's row; undefined for an object that does not exist. */
  row(key: ResourceKey): Uint8Array | undefined {
    return this.#store.read(key);
  }

  isQuarantined(unit: UnitName): boolean {
    return this.#attempts.isQuarantined(unit);
  }

  /** Starts a unit that a row names or another unit refers to. */
  begin(unit: UnitName): void {
    this.#units.add(unit);
    this.#lanes[laneOf(unit)].join(unit, this.#settling);
  }

  /** Ends a unit that nothing refers to. */
  end(unit: UnitName): void {
    this.#units.delete(unit);
    this.#named.forget(unit);
    this.#origins.forget(unit);
    this.#costs.forget(unit);
    if (this.#attempts.forget(unit)) this.#results.failed(unit, undefined);
  }

  async workerHeapBytes(): Promise<number> {
    const heaps = await Promise.all(Object.values(this.#pools).map((pool) => pool.heapBytes()));
    return heaps.reduce((sum, bytes) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    this.#named.close();
    for (const lane of Object.values(this.#lanes)) lane.close();
    await Promise.all(Object.values(this.#pools).map((pool) => pool.close()));
  }

  #mark(unit: UnitName, origin?: Origin): void {
    const lane = laneOf(unit);
    if (origin !== undefined && lane === 'endpoints') this.#origins.note(unit, origin);
    if (!this.#lanes[lane].mark(unit)) this.#metrics.coalescedEvents.inc({ lane });
  }

  #lane(name: LaneName, options: TranslationOptions): Lane {
    return new Lane(options.lanes[name], this.#clock, {
      isAlive: (unit) => this.#units.has(unit),
      level: levelOf,
      namespaceOf,
      owed: (namespace) => this.#costs.owed(name, namespace),
      isSlow: (unit) => this.#costs.isSlow(unit),
      waveOf: (unit) => waveOf(unit, (key) => this.#store.fleetOf(key)),
      readsOthers: (wave) => wave === ('reports' satisfies WaveName),
      translate: (units) => this.#translate(name, units),
      complete: (wave) => this.#complete(name, wave),
    });
  }

  async #translate(lane: LaneName, units: readonly UnitName[]): Promise<readonly UnitName[]> {
    const startedAt = this.#clock.now();
    const origin = lane === 'endpoints' ? this.#origins.take(units) : undefined;
    const cut = this.#units.beginCut();
    const again: UnitName[] = [];
    const absent = new Set<ReadKey>();
    try {
      const outcomes = await translateUnits(
        units,
        (part) => this.#reads.encode(part, absent),
        this.#pools[lane],
        units.some((unit) => this.#isUnproven(unit)),
        (error) => this.#reports.workerEnded(lane, error),
      );
      this.#costs.charge(lane, outcomes, this.#clock.now() - startedAt);
      if (outcomes.some(({ kind }) => kind === 'later')) this.#metrics.batchCuts.inc({ lane });
      for (const outcome of outcomes) {
        this.#settling = outcome.unit;
        this.#bugs.guard(outcome.unit, () => {
          if (this.#settle(outcome, cut, absent)) again.push(outcome.unit);
        });
      }
    } catch (error) {
      // An error that is no outcome is a bug in the encoding of the batch: the last good outputs stay.
      this.#bugs.note(units[0], error);
    } finally {
      this.#settling = undefined;
      this.#units.endCut(cut);
    }
    if (origin !== undefined) for (const unit of again) this.#origins.note(unit, origin);
    this.#results.batchDone(lane, origin ?? arrivedAt(startedAt));
    return again;
  }

  async #complete(lane: LaneName, wave: Wave): Promise<void> {
    const startedAt = this.#clock.now();
    await this.#results.complete(lane, wave);
    const commitMs = this.#clock.now() - startedAt;
    this.#reports.waveDone(lane, wave, commitMs, this.#lanes[lane].dirty);
  }

  /** Returns true for a unit that has never been translated, or that fails: it may end its worker. */
  #isUnproven(unit: UnitName): boolean {
    return this.#attempts.isQuarantined(unit) || !this.#results.hasOutput(unit);
  }

  /** Keeps one outcome. Returns true when the unit has to go again at once. */
  #settle(settled: Outcome, cut: Cut, absent: ReadonlySet<ReadKey>): boolean {
    const { unit } = settled;
    if (!this.#units.has(unit)) return false;
    const outcome = this.#attempts.bounded(settled);
    if (outcome.kind === 'later') return true;
    if (outcome.kind === 'need') {
      this.#metrics.needs.inc({ lane: laneOf(unit) });
      this.#units.record(unit, this.#reads.afterNeed(outcome), cut);
      return true;
    }
    const isCurrent = this.#units.record(unit, outcome.reads, cut);
    if (!isCurrent && outcome.reads.some((key) => makerOf(key) !== undefined && cut.has(key))) return true;
    if (outcome.kind === 'ok') {
      this.#metrics.translate.observe({ unit: unitKind(unit) }, outcome.micros / 1e6);
      this.#metrics.slowestUnits.took(unit, outcome.micros, this.#clock);
      if (this.#attempts.setQuarantined(unit, false)) this.#results.failed(unit, undefined);
      if (!outcome.reads.some((key) => this.#makers.canStillCome(key))) {
        this.#take(unit, outcome.output.rows);
        const missing = outcome.reads.filter((key) => absent.has(key));
        const output = this.#arrivals.withoutWaiting(unit, outcome.output, missing);
        if (output !== undefined) this.#results.put(unit, output);
      }
    } else {
      this.#log.error({ unit, message: outcome.message }, 'translation failed; the last good output stays');
      this.#metrics.translateFaults.inc({ unit: unitKind(unit), reason: 'fault' });
      this.#attempts.setQuarantined(unit, true);
      this.#results.failed(unit, outcome.message);
      // Without any output, units that refer to this one and readers of its rows would wait without end.
      if (!this.#makers.hasAnswered(unit)) {
        const row = rowOfFault(unit);
        this.#take(unit, row === undefined ? [] : [row]);
      }
      if (!this.#results.hasOutput(unit)) this.#results.put(unit, noOutput);
    }
    if (!isCurrent) this.#mark(unit);
    return false;
  }

  /** Keeps the rows of a unit, and adds readers of a changed row to the wave, and units that a row newly names. */
  #take(unit: UnitName, rows: readonly DerivedRow[]): void {
    const { readers, started, ended } = this.#makers.take(unit, rows);
    for (const reader of readers) this.#lanes[laneOf(reader)].join(reader);
    for (const other of started) this.begin(other);
    for (const other of ended) this.#leave(other);
  }

  /** Ends a unit that no row names. */
  #leave(unit: UnitName): void {
    this.end(unit);
    this.#results.put(unit, undefined);
    this.#mark(unit);
    const { readers, ended } = this.#makers.end(unit);
    for (const reader of readers) this.#mark(reader);
    for (const other of ended) this.#leave(other);
  }
}
