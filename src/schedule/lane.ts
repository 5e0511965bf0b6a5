import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import { LevelQueue, type LevelQueueHooks } from './level-queue.ts';
import { SlowWorkers } from './slow-workers.ts';
import { Turns, type Batch } from './turns.ts';
import { RunningWave, type Wave, type WavePlace } from './wave.ts';
import { CoalescingWindow, type WindowOptions } from './window.ts';

export interface LaneOptions extends WindowOptions {
  /** Units of one batch. Larger ones spread the cost of a hop, smaller ones keep the main thread's stretches short. */
  readonly batchSize: number;
  /** Batches under way at once: the number of workers of the lane's pool. */
  readonly parallel: number;
  /** A wave is completed this long after it began, whatever has answered by then; the rest goes on in the next one. */
  readonly holdMs: number;
}

export interface LaneHooks extends LevelQueueHooks {
  /** True for a unit that still exists. */
  alive(unit: UnitName): boolean;
  /** Key of the unit's wave: units of one key are published together, and keys do not wait for each other. */
  waveOf(unit: UnitName): string;
  /** True for a unit that may take a worker for long: it goes in a wave of those of its key and namespace. */
  isSlow(unit: UnitName): boolean;
  /** True for a wave whose units read rows that units of any wave make, and so go after those of waves as old as theirs. */
  readsOthers(wave: string): boolean;
  /** Translates one batch and keeps its results; resolves to the units that must go again at once. Never rejects. */
  translate(units: readonly UnitName[]): Promise<readonly UnitName[]>;
  /**
   * Every unit of the wave has its result, or the wave has lasted for `holdMs`: results may be published now. There is no
   * other wave of the key until the promise is done.
   */
  complete(wave: Wave): Promise<void>;
}

/**
 * A dirty set of unit names, its window and the waves under way. What queues is a set of names, bounded by what exists;
 * the rows are read when a batch is made, so the latest row wins.
 *
 * A unit is under way at most once, so results of one unit can never overtake each other. There is one wave for each key
 * at a time, and one more for the slow units of each namespace in it, which have half of the workers at most.
 *
 * Costs O(units taken), and for each batch O(its units and the waves that they are of).
 */
export class Lane {
  readonly #hooks: LaneHooks;
  readonly #clock: Clock;
  readonly #window: CoalescingWindow;
  #options: LaneOptions;
  #dirty = new Set<UnitName>();
  /** Units that waves had no time for. They go before what has come since, or a lane that is behind never gets to them. */
  #left = new Set<UnitName>();
  readonly #underWay = new Map<UnitName, RunningWave>();
  readonly #waves = new Map<string, RunningWave>();
  readonly #turns: Turns;
  readonly #slowWorkers = new SlowWorkers();
  /** By id: units whose result came after their wave. The next one publishes them, even if nothing else is dirty. */
  readonly #late = new Map<string, { readonly place: WavePlace; readonly units: Set<UnitName> }>();
  /** Those under way, but for those whose waves are all over: a worker that hangs takes no other's place. */
  readonly #batches = new Set<Batch>();
  #isPumpDue = false;
  #paused = true;

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

  /** How many names wait for the window, or for the wave of their key. */
  get dirty(): number {
    return this.#dirty.size + this.#left.size;
  }

  /** How many names are in waves without a result. */
  get underWay(): number {
    return this.#waves
      .values()
      .reduce((sum, wave) => sum + wave.queue.size + wave.deferred.size, this.#underWay.size);
  }

  get idle(): boolean {
    return this.dirty + this.#waves.size + this.#underWay.size + this.#late.size === 0;
  }

  /** Nothing is taken before this: the first cut must be of complete sources. */
  resume(): void {
    this.#paused = false;
    if (this.#dirty.size > 0) this.#window.touch();
  }

  /** Returns false when the unit waits already, so that this change costs nothing more. */
  mark(unit: UnitName): boolean {
    if (!this.#paused) this.#window.touch();
    if (this.#dirty.has(unit)) return false;
    this.#dirty.add(unit);
    return true;
  }

  /** For a unit that the result of `by` needs: it goes with the wave of that, or with the one under way of its own key. */
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

  /** Not at once: other units may join, and a batch with all of them is as quick as one of the first alone. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  close(): void {
    this.#paused = true;
    this.#window.dispose();
    for (const wave of this.#waves.values()) wave.cancelHold();
  }

  #take(openForMs: number): void {
    if (this.#paused) return;
    const taken = this.#left.union(this.#dirty);
    this.#dirty = new Set();
    this.#left = new Set();
    const begun = new Map<string, RunningWave>();
    const now = this.#clock.now();
    const waveOf = (place: WavePlace): RunningWave | undefined => {
      if (this.#waves.has(place.id)) return undefined;
      let wave = begun.get(place.id);
      if (wave === undefined) begun.set(place.id, (wave = this.#newWave(place, openForMs, now)));
      return wave;
    };
    for (const unit of taken) {
      const place = this.#placeOf(unit);
      const wave = waveOf(place);
      const busy = wave === undefined ? this.#waves.get(place.id) : this.#underWay.get(unit);
      if (busy?.isOver === true && wave !== undefined) this.#dirty.add(unit);
      else if (busy !== undefined) busy.deferred.add(unit);
      else if (this.#hooks.alive(unit)) wave?.push(unit);
      // That it is gone is for its wave to publish.
      else wave?.members.add(unit);
    }
    for (const [id, { place, units }] of this.#late) {
      const wave = waveOf(place);
      if (wave === undefined) continue;
      for (const unit of units) wave.members.add(unit);
      this.#late.delete(id);
    }
    for (const wave of begun.values()) this.#begin(wave);
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

  /** Slow units first, or those that are not would leave them nothing; they are few at a time. */
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
      const isAlive = this.#hooks.alive(unit);
      const isInPlace = wave.slowOf !== undefined || !this.#hooks.isSlow(unit);
      if (isAlive && isInPlace && !this.#underWay.has(unit) && !batch.has(unit)) {
        batch.set(unit, wave);
        taken++;
        continue;
      }
      wave.queue.done(unit);
      if (!isAlive) continue;
      // With a worker its answer may have been read already, and then says nothing of what has changed since.
      this.#dirty.add(unit);
      if (!isInPlace) this.#window.touch();
    }
    return true;
  }

  #send(batch: Batch): void {
    this.#batches.add(batch);
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
      else this.#isLate(unit, wave);
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

  #isLate(unit: UnitName, wave: RunningWave): void {
    const late = this.#late.get(wave.id);
    if (late === undefined) this.#late.set(wave.id, { place: wave, units: new Set([unit]) });
    else late.units.add(unit);
  }
}
