import { encodeBatch, type EncodedBatch } from '../batch/translate-batch.ts';
import { firstKeys } from '../batch/first-keys.ts';
import { noOutput, type Outcome, type RulePart, type UnitOutput } from '../batch/outcome.ts';
import { firstEndpointKeys } from './first-endpoints.ts';
import { NamedObjects } from './named-objects.ts';
import { withoutWaiting } from './waiting-rules.ts';
import { Lane, type LaneOptions } from './lane.ts';
import type { Wave } from './wave.ts';
import { Units, type Cut } from './units.ts';
import type { Clock } from '../lib/clock.ts';
import { isIndexKey, type ReadKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import type { Bugs } from '../observe/bugs.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { translateUnits, workerEndReason } from '../pool/retry.ts';
import type { TranslatePool } from '../pool/translate-pool.ts';
import { isAwaited, waveOf } from '../kinds/unit-place.ts';
import type { DerivedRow, RowChange } from '../kinds/row.ts';
import { DerivedRows } from '../store/derived-rows.ts';
import { Store } from '../store/store.ts';
import { laneOf, levelOf, makerOf, unitKind } from '../units/unit.ts';
import type { LaneName, WaveName } from '../units/unit-def.ts';

export interface TranslationOptions {
  readonly lanes: Readonly<Record<LaneName, LaneOptions>>;
  readonly pools: Readonly<Record<LaneName, TranslatePool>>;
  /** How long a change that newly names an object waits for it; 0 where all objects come at once, as from files. */
  readonly namedObjectWaitMs: number;
}

/** Who takes what is translated. */
export interface TranslationPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly bugs: Bugs;
  readonly isReady: () => boolean;
  /** Whether there is a result of the unit, in force or not. */
  readonly hasOutput: (unit: UnitName) => boolean;
  /** The unit's newest result, in force or not. */
  readonly newest: (unit: UnitName) => UnitOutput | undefined;
  /** The unit's newest result; undefined: it is gone. It comes into force with its wave. */
  readonly onOutput: (unit: UnitName, output: UnitOutput | undefined) => void;
  /** A batch of a lane is done; it was begun at `startedAt`. */
  readonly onBatch: (lane: LaneName, startedAt: number) => void;
  /** A wave of a lane is done: all of it may come into force. The lane counts as busy until the promise is done. */
  readonly onWave: (lane: LaneName, wave: Wave) => Promise<void>;
}

/** The first half of the pipeline: rows in, results of units out. What a unit read is what brings it here again. */
export class Translation {
  readonly #store = new Store();
  readonly #derived = new DerivedRows(this.#store);
  readonly #units = new Units();
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #pools: Readonly<Record<LaneName, TranslatePool>>;
  readonly #ports: TranslationPorts;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #named: NamedObjects;
  /** The unit whose result is being kept: what begins by it is needed by it. */
  #settling: UnitName | undefined;
  /** Units whose translation fails. */
  readonly #quarantined = new Set<UnitName>();
  /** How often a unit has asked for more rows since its last result. */
  readonly #rounds = new Map<UnitName, number>();

  constructor(options: TranslationOptions, ports: TranslationPorts) {
    const { log, metrics, clock } = ports;
    this.#ports = ports;
    this.#log = log;
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
  }

  /** Takes changes of the source: O(rows changed and the units that read them). Translation comes later. */
  apply(changes: readonly RowChange[]): void {
    const { changed, born, gone } = this.#store.apply(changes);
    for (const unit of gone) {
      this.end(unit);
      this.#ports.onOutput(unit, undefined);
      this.#mark(unit);
      this.#forgetRows(unit);
    }
    for (const key of changed) {
      const isDeleted = isObject(key) && this.#store.read(key) === undefined;
      for (const unit of this.#units.changed([key])) {
        if (isDeleted) this.#named.deleted(unit, key);
        this.#mark(unit);
      }
      for (const unit of this.#named.waiting(key)) this.#mark(unit);
    }
    for (const unit of born) this.begin(unit);
  }

  /** Every source has been read to its end: what waited for that begins. */
  resume(): void {
    for (const lane of Object.values(this.#lanes)) lane.resume();
  }

  /** Takes effect with the next window and the next wave. */
  setLanes(lanes: Readonly<Record<LaneName, LaneOptions>>): void {
    this.#lanes.endpoints.options = lanes.endpoints;
    this.#lanes.config.options = lanes.config;
  }

  get idle(): boolean {
    return Object.values(this.#lanes).every((lane) => lane.idle);
  }

  /** How many units exist: those that rows name, and those that other units refer to. */
  get units(): number {
    return this.#units.size;
  }

  /** Names that wait or are with a worker. */
  get backlog(): number {
    let sum = 0;
    for (const lane of Object.values(this.#lanes)) sum += lane.dirty + lane.underWay;
    return sum;
  }

  isQuarantined(unit: UnitName): boolean {
    return this.#quarantined.has(unit);
  }

  /** The unit is referred to, or named by a row, from now on. */
  begin(unit: UnitName): void {
    this.#units.add(unit);
    this.#lanes[laneOf(unit)].join(unit, this.#settling);
  }

  /** Nothing refers to the unit any more. */
  end(unit: UnitName): void {
    this.#units.delete(unit);
    this.#named.forget(unit);
    this.#rounds.delete(unit);
    this.#setQuarantined(unit, false);
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

  #mark(unit: UnitName): void {
    const lane = laneOf(unit);
    if (!this.#lanes[lane].mark(unit)) this.#metrics.coalescedEvents.inc({ lane });
  }

  #lane(name: LaneName, options: TranslationOptions): Lane {
    return new Lane(options.lanes[name], this.#clock, {
      alive: (unit) => this.#units.has(unit),
      level: levelOf,
      waveOf,
      readsOthers: (wave) => wave === reports,
      translate: (units) => this.#translate(name, units),
      complete: (wave) => this.#complete(name, wave),
    });
  }

  async #translate(lane: LaneName, units: readonly UnitName[]): Promise<readonly UnitName[]> {
    const startedAt = this.#clock.now();
    const cut = this.#units.beginCut();
    const again: UnitName[] = [];
    const absent = new Set<ReadKey>();
    try {
      const outcomes = await translateUnits(
        units,
        (part) => this.#encode(part, absent),
        this.#pools[lane],
        units.some((unit) => this.#isUnproven(unit)),
        (error) => this.#onWorkerEnd(lane, error),
      );
      for (const outcome of outcomes) {
        this.#settling = outcome.unit;
        this.#ports.bugs.guard(outcome.unit, () => {
          if (this.#settle(outcome, cut, absent)) again.push(outcome.unit);
        });
      }
    } catch (error) {
      // What `translateUnits` does not turn into an outcome is a bug of the batch's encoding: the last good outputs stay.
      this.#ports.bugs.note(units[0], error);
    } finally {
      this.#settling = undefined;
      this.#units.endCut(cut);
    }
    if (again.length > 0) this.#metrics.needs.inc({ lane }, again.length);
    this.#ports.onBatch(lane, startedAt);
    return again;
  }

  async #complete(lane: LaneName, wave: Wave): Promise<void> {
    const startedAt = this.#clock.now();
    await this.#ports.onWave(lane, wave);
    this.#observe(lane, wave, this.#clock.now() - startedAt);
  }

  /** Whether it is not known that the unit's translation comes to an end. */
  #isUnproven(unit: UnitName): boolean {
    return this.#quarantined.has(unit) || !this.#ports.hasOutput(unit);
  }

  /** Adds to `absent` the keys that the batch has no row for. */
  #encode(units: readonly UnitName[], absent: Set<ReadKey>): EncodedBatch {
    const keys = new Set<ReadKey>();
    for (const unit of units) {
      const reads = this.#units.reads(unit);
      const wanted = reads.length > 0 ? reads : firstKeys(unit, (key) => this.#store.follow(key));
      for (const key of wanted) keys.add(key);
    }
    return encodeBatch(units, [...keys], (key) => {
      const row = this.#store.read(key);
      if (row === undefined) absent.add(key);
      return row;
    });
  }

  /** Keeps one outcome; true when the unit has to go again at once. */
  #settle(settled: Outcome, cut: Cut, absent: ReadonlySet<ReadKey>): boolean {
    const { unit } = settled;
    if (!this.#units.has(unit)) return false;
    const outcome = this.#bounded(settled);
    if (outcome.kind === 'need') {
      const known = new Set([...this.#units.reads(unit), ...outcome.reads, ...outcome.needs]);
      this.#units.record(unit, [...known], cut);
      return true;
    }
    const current = this.#units.record(unit, outcome.reads, cut);
    if (!current && outcome.reads.some((key) => makerOf(key) !== undefined && cut.has(key))) return true;
    if (outcome.kind === 'ok') {
      this.#metrics.translate.observe({ unit: unitKind(unit) }, outcome.micros / 1e6);
      this.#setQuarantined(unit, false);
      if (!outcome.reads.some((key) => this.#isUnsaid(key))) {
        this.#take(unit, outcome.output.rows);
        const missing = outcome.reads.filter((key) => absent.has(key));
        const output = this.#withoutWaiting(unit, outcome.output, missing);
        if (output !== undefined) this.#ports.onOutput(unit, output);
      }
    } else {
      this.#log.error({ unit, message: outcome.message }, 'translation failed; the last good output stays');
      this.#metrics.translateFaults.inc({ unit: unitKind(unit), reason: 'fault' });
      this.#setQuarantined(unit, true);
      // Without any good output, what refers to the unit would wait for it for ever; so would readers of its rows.
      if (!this.#derived.has(unit)) this.#take(unit, []);
      if (!this.#ports.hasOutput(unit)) this.#ports.onOutput(unit, noOutput);
    }
    if (!current) this.#mark(unit);
    return false;
  }

  /** A unit that goes on asking for rows is a bug of its translation, and must not go round for as long as it exists. */
  #bounded(outcome: Outcome): Outcome {
    const { unit } = outcome;
    const rounds = (this.#rounds.get(unit) ?? 0) + 1;
    if (outcome.kind === 'need' && rounds < maxRounds) {
      this.#rounds.set(unit, rounds);
      return outcome;
    }
    this.#rounds.delete(unit);
    this.#metrics.rounds.observe({ unit: unitKind(unit) }, rounds);
    if (outcome.kind !== 'need') return outcome;
    const message = `asks for more rows in each of ${maxRounds} rounds, the last time for ${outcome.needs[0]}`;
    return { kind: 'fault', unit, reads: [...outcome.reads, ...outcome.needs], message };
  }

  /** A unit has ended: its rows are gone, and what waited for it to make one need not wait for it. */
  #forgetRows(unit: UnitName): void {
    const row = unit as string as ResourceKey;
    if (makerOf(row) === undefined) return;
    const readers = new Set(this.#units.changed([row, ...this.#derived.end(unit)]));
    for (const reader of readers) this.#mark(reader);
  }

  /**
   * Takes the rows that a unit makes. What reads one that is another now goes again with this wave; what found one absent
   * before its maker had said so has waited for this.
   */
  #take(unit: UnitName, rows: readonly DerivedRow[]): void {
    const row = unit as string as ResourceKey;
    if (makerOf(row) === undefined) return;
    const isFirst = !this.#derived.has(unit);
    const changed = this.#derived.replace(unit, rows);
    const readers = new Set(this.#units.changed(isFirst ? [row, ...changed] : changed));
    for (const reader of readers) this.#lanes[laneOf(reader)].join(reader);
  }

  /**
   * The output without what waits for an object that it names for the first time; undefined: all of it waits. `missing` is
   * what its batch lacked: an object that has come since then was no part of the translation, which is done again.
   */
  #withoutWaiting(unit: UnitName, output: UnitOutput, missing: readonly ReadKey[]): UnitOutput | undefined {
    const absent = missing.filter((key) => isAwaited(unit, key));
    if (!this.#ports.isReady()) {
      this.#named.accept(unit, absent);
      return output;
    }
    if (output.rules.length === 0) {
      return this.#named.waitsFor(unit, absent).size === 0 ? output : undefined;
    }
    const before = this.#ports.newest(unit);
    const endpoints = this.#firstEndpoints(output, before);
    const keysOf = (rule: RulePart): readonly ReadKey[] => [
      ...rule.absent.filter((key) => isAwaited(unit, key)),
      ...rule.refs.flatMap((ref) => endpoints.get(ref) ?? []),
    ];
    const waits = this.#named.waitsFor(unit, [...absent, ...[...endpoints.values()].flat()]);
    return waits.size === 0 ? output : withoutWaiting(output, keysOf, waits, before);
  }

  /** Of Clusters that the last output does not refer to, the keys by which their first endpoints will come. */
  #firstEndpoints(
    output: UnitOutput,
    before: UnitOutput | undefined,
  ): ReadonlyMap<UnitName, readonly ReadKey[]> {
    if (!this.#named.enabled) return new Map();
    const known = new Set(before?.refs);
    const refs = output.refs.filter((ref) => !known.has(ref));
    return new Map(refs.map((ref) => [ref, firstEndpointKeys(this.#store, ref)]));
  }

  /** Whether the key is that of a derived row whose maker exists and has not answered yet. */
  #isUnsaid(key: ReadKey): boolean {
    const maker = makerOf(key);
    return maker !== undefined && this.#units.has(maker) && !this.#derived.has(maker);
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
    waveUnits.observe({ lane }, wave.members.size);
    propagation.observe({ lane, stage: 'window' }, wave.windowMs / 1000);
    propagation.observe({ lane, stage: 'translate' }, wave.translateMs / 1000);
    propagation.observe({ lane, stage: 'commit' }, commitMs / 1000);
    dirtyUnits.set({ lane }, this.#lanes[lane].dirty);
    if (wave.late > 0)
      this.#log.warn({ lane, units: wave.late }, 'published without units whose worker is late');
  }
}

const reports: WaveName = 'reports';

/**
 * Four times the most that a unit takes by `test/scale`. More is a bug of its translation: fewer would stop a unit that ends,
 * more would keep its wave waiting; revise by sluice_translate_rounds.
 */
export const maxRounds = 16;

function isObject(key: ReadKey): key is ResourceKey {
  return !isIndexKey(key);
}
