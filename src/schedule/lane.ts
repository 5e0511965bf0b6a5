import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import type { LaneState } from './lane-state.ts';
import { LevelQueue, type LevelQueueHooks } from './level-queue.ts';
import { SlowWorkers } from './slow-workers.ts';
import { Turns, type Batch } from './turns.ts';
import { RunningWave, type Wave, type WavePlace } from './wave.ts';
import { CoalescingWindow, type WindowOptions } from './window.ts';

export interface LaneOptions extends WindowOptions {
  /** Units of one batch. More spread the cost of a hop to a worker, fewer keep turns of the main thread short. */
  readonly batchSize: number;
  /** Batches under way at once: the workers of the lane's pool. */
  readonly parallel: number;
  /** Time after which a wave is completed with the answers so far; the rest goes on in the next one. */
  readonly holdMs: number;
}

export interface LaneHooks extends LevelQueueHooks {
  isAlive(unit: UnitName): boolean;
  /** Key of the unit's wave: units of one key are published together; keys do not wait for each other. */
  waveOf(unit: UnitName): string;
  /** True for a unit that may keep a worker for long: it goes in a wave of the slow units of its key and namespace. */
  isSlow(unit: UnitName): boolean;
  /** True for a wave whose units read rows that units of any wave make: it goes after waves that are as old. */
  readsOthers(wave: string): boolean;
  /** Translates a batch and keeps its results; resolves to the units that must go again at once. Never rejects. */
  translate(units: readonly UnitName[]): Promise<readonly UnitName[]>;
  /** Called when all units have results, or after `holdMs`. The next wave of the key waits for the promise. */
  complete(wave: Wave): Promise<void>;
}

/**
 * Queues units of one sort: the dirty ones, their window and the waves under way. Holds names only; rows are read when a
 * batch is made, so the latest row wins. A unit is under way at most once: its results cannot overtake each other. Each
 * key has one wave at a time, and one more for the slow units of each namespace, which have at most half of the workers.
 * Costs O(units taken), and for each batch O(its units and their waves).
 */
export class Lane {
  readonly #hooks: LaneHooks;
  readonly #clock: Clock;
  readonly #window: CoalescingWindow;
  #options: LaneOptions;
  #dirty = new Set<UnitName>();
  /** Units that waves had no time for. They go first: a lane that is behind would never get to them. */
  #left = new Set<UnitName>();
  readonly #underWay = new Map<UnitName, RunningWave>();
  readonly #waves = new Map<string, RunningWave>();
  readonly #turns: Turns;
  readonly #slowWorkers = new SlowWorkers();
  /** Units whose result came after their wave, by its id. The next wave publishes them, even if nothing else is dirty. */
  readonly #late = new Map<string, { readonly place: WavePlace; readonly units: Set<UnitName> }>();
  /** Batches under way, without those whose waves are all over: a worker that hangs keeps no place. */
  readonly #batches = new Set<Batch>();
  #batchesSent = 0;
  #isPumpDue = false;
  #isPaused = true;

  constructor(options: LaneOptions, clock: Clock, hooks: LaneHooks) {
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#window = new CoalescingWindow(options, clock, (openForMs) => this.#take(openForMs));
    this.#turns = new Turns({
      readsOthers: (wave) => hooks.readsOthers(wave),
      owed: (namespace) => hooks.owed(namespace),
      fill: (wave, batch, most) => this.#fill(wave, batch, most),
    });
  }

  set options(options: LaneOptions) {
    this.#options = options;
    this.#window.options = options;
  }

  get dirty(): number {
    return this.#dirty.size + this.#left.size;
  }

  /** Units of waves without a result. */
  get underWay(): number {
    return this.#waves
      .values()
      .reduce((sum, wave) => sum + wave.queue.size + wave.deferred.size, this.#underWay.size);
  }

  get idle(): boolean {
    return this.dirty + this.#waves.size + this.#underWay.size + this.#late.size === 0;
  }

  get state(): LaneState {
    return {
      dirty: this.dirty,
      underWay: this.underWay,
      waves: this.#waves.size,
      batches: this.#batches.size,
      batchesSent: this.#batchesSent,
      parallel: this.#options.parallel,
    };
  }

  /** Starts the lane. Called when all sources are complete, as the first batch must see all of their rows. */
  resume(): void {
    this.#isPaused = false;
    if (this.#dirty.size > 0) this.#window.touch();
  }

  mark(unit: UnitName): boolean {
    if (!this.#isPaused) this.#window.touch();
    if (this.#dirty.has(unit)) return false;
    this.#dirty.add(unit);
    return true;
  }

  /** Adds a unit to the wave of `by`, whose result needs it, or to the wave of its own key that is under way. */
  join(unit: UnitName, by?: UnitName): void {
    const wave =
      (by === undefined ? undefined : this.#underWay.get(by)) ?? this.#waves.get(this.#placeOf(unit).id);
    if (wave === undefined || wave.isOver) {
      this.mark(unit);
      return;
    }
    wave.push(unit);
    this.#turns.add(wave);
    this.#pumpSoon();
  }

  /** Waits for other units that join: a batch of all is as quick as one of the first alone. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  close(): void {
    this.#isPaused = true;
    this.#window.dispose();
    for (const wave of this.#waves.values()) wave.cancelHold();
  }

  #take(openForMs: number): void {
    if (this.#isPaused) return;
    const taken = this.#left.union(this.#dirty);
    this.#dirty = new Set();
    this.#left = new Set();
    const started = new Map<string, RunningWave>();
    const now = this.#clock.now();
    const waveOf = (place: WavePlace): RunningWave | undefined => {
      if (this.#waves.has(place.id)) return undefined;
      let wave = started.get(place.id);
      if (wave === undefined) started.set(place.id, (wave = this.#newWave(place, openForMs, now)));
      return wave;
    };
    for (const unit of taken) {
      const place = this.#placeOf(unit);
      const wave = waveOf(place);
      const busy = wave === undefined ? this.#waves.get(place.id) : this.#underWay.get(unit);
      if (busy?.isOver === true && wave !== undefined) this.#dirty.add(unit);
      else if (busy !== undefined) busy.deferred.add(unit);
      else if (this.#hooks.isAlive(unit)) wave?.push(unit);
      // Its removal is published with the wave.
      else wave?.members.add(unit);
    }
    for (const [id, { place, units }] of this.#late) {
      const wave = waveOf(place);
      if (wave === undefined) continue;
      for (const unit of units) wave.members.add(unit);
      this.#late.delete(id);
    }
    for (const wave of started.values()) this.#begin(wave);
    this.#pump();
  }

  #placeOf(unit: UnitName): WavePlace {
    const key = this.#hooks.waveOf(unit);
    if (!this.#hooks.isSlow(unit)) return { id: key, key, slowOf: undefined };
    const slowOf = this.#hooks.namespaceOf(unit);
    return { id: `${key} ${slowOf}`, key, slowOf };
  }

  #newWave(place: WavePlace, openForMs: number, now: number): RunningWave {
    return new RunningWave(place, new LevelQueue(this.#hooks), openForMs, now);
  }

  #begin(wave: RunningWave): void {
    this.#waves.set(wave.id, wave);
    this.#turns.add(wave);
    wave.cancelHold = this.#clock.after(this.#options.holdMs, () => void this.#complete(wave));
  }

  #pump(): void {
    while (this.#batches.size < this.#options.parallel) {
      const batch = this.#nextBatch();
      if (batch === undefined) break;
      if (batch.size > 0) this.#send(batch);
    }
    for (const wave of this.#turns.takeEmptied())
      if (wave.underWay + wave.queue.size === 0) void this.#complete(wave);
  }

  /** Takes slow units first: quick ones would leave them no worker. They are few at a time. */
  #nextBatch(): Batch | undefined {
    const { quickWait, slowWait } = this.#turns;
    if (slowWait && this.#slowWorkers.mayBegin(this.#options.parallel, quickWait))
      return this.#turns.slowBatch(this.#options.batchSize);
    return quickWait ? this.#turns.quickBatch(this.#options.batchSize) : undefined;
  }

  #fill(wave: RunningWave, batch: Map<UnitName, RunningWave>, most: number): boolean {
    for (let taken = 0; taken < most;) {
      const unit = wave.queue.take();
      if (unit === undefined) return wave.queue.size === 0;
      const isAlive = this.#hooks.isAlive(unit);
      const isInPlace = wave.slowOf !== undefined || !this.#hooks.isSlow(unit);
      if (isAlive && isInPlace && !this.#underWay.has(unit) && !batch.has(unit)) {
        batch.set(unit, wave);
        taken++;
        continue;
      }
      wave.queue.done(unit);
      if (!isAlive) continue;
      // The answer of the running translation may have been read before the change: translate once more.
      this.#dirty.add(unit);
      if (!isInPlace) this.#window.touch();
    }
    return true;
  }

  #send(batch: Batch): void {
    this.#batches.add(batch);
    this.#batchesSent++;
    const isSlow = batch.values().some(({ slowOf }) => slowOf !== undefined);
    const sentAt = this.#clock.now();
    this.#slowWorkers.began(isSlow);
    for (const [unit, wave] of batch) {
      this.#underWay.set(unit, wave);
      wave.underWay++;
    }
    void this.#hooks
      .translate([...batch.keys()])
      .then((again) =>
        this.#answered(batch, again, () => this.#slowWorkers.ended(isSlow, this.#clock.now() - sentAt)),
      );
  }

  #answered(batch: Batch, again: readonly UnitName[], end: () => void): void {
    this.#batches.delete(batch);
    end();
    const goesAgain = new Set(again);
    let isDirty = false;
    for (const [unit, wave] of batch) {
      this.#underWay.delete(unit);
      wave.underWay--;
      wave.queue.done(unit);
      if (this.#dirty.has(unit)) isDirty = true;
      if (!wave.isOver) {
        if (goesAgain.has(unit)) wave.push(unit);
        this.#turns.add(wave);
        continue;
      }
      isDirty = true;
      if (goesAgain.has(unit)) this.#dirty.add(unit);
      else this.#noteLate(unit, wave);
    }
    if (isDirty) this.#window.touch();
    this.#turns.letGo();
    this.#pump();
  }

  async #complete(wave: RunningWave): Promise<void> {
    if (wave.isOver) return;
    wave.isOver = true;
    wave.cancelHold();
    this.#turns.delete(wave);
    if (wave.underWay > 0) {
      for (const batch of this.#batches)
        if (batch.values().every(({ isOver }) => isOver)) this.#batches.delete(batch);
    }
    this.#turns.letGo();
    this.#pumpSoon();
    const late = wave.underWay + wave.queue.size;
    const { id, key, members, windowMs } = wave;
    const translateMs = this.#clock.now() - wave.startedAt;
    await this.#hooks.complete({ key, members, windowMs, translateMs, late });
    this.#waves.delete(id);
    for (const unit of wave.queue.drain()) this.#left.add(unit);
    for (const unit of wave.deferred) this.#dirty.add(unit);
    this.#window.idle(wave.deferred.size + this.#left.size > 0 || this.#late.has(id));
  }

  #noteLate(unit: UnitName, wave: RunningWave): void {
    const late = this.#late.get(wave.id);
    if (late === undefined) this.#late.set(wave.id, { place: wave, units: new Set([unit]) });
    else late.units.add(unit);
  }
}
