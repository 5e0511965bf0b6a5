import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import type { Level } from '../units/unit-def.ts';
import { LevelQueue } from './level-queue.ts';
import { RunningWave, type Wave } from './wave.ts';
import { CoalescingWindow, type WindowOptions } from './window.ts';

export interface LaneOptions extends WindowOptions {
  /** Units of one batch. Larger ones spread the cost of a hop, smaller ones keep the main thread's stretches short. */
  readonly batchSize: number;
  /** Batches under way at once: the number of workers of the lane's pool. */
  readonly parallel: number;
  /** A wave is completed this long after it began, whatever has answered by then; the rest goes on in the next one. */
  readonly holdMs: number;
}

export interface LaneHooks {
  /** True for a unit that still exists. */
  alive(unit: UnitName): boolean;
  /** Units of a wave that have a lower level go before its others. */
  level(unit: UnitName): Level;
  /** Key of the unit's wave: units of one key are published together, and keys do not wait for each other. */
  waveOf(unit: UnitName): string;
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
 * at a time; waves share the workers in turns, so that a small one is done while a large one goes on.
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
  /** Waves with units that wait for a worker: the next is the first, which then goes to the end. */
  readonly #turns = new Set<RunningWave>();
  /** Waves with units that make rows, and some that have none by now. */
  readonly #making = new Set<RunningWave>();
  /** Waves that wait for rows of others. */
  readonly #heldBack = new Set<RunningWave>();
  /** Waves without a unit that waits, which may be done. */
  readonly #emptied = new Set<RunningWave>();
  /** By key: units whose result came after their wave. The next one publishes them, even if nothing else is dirty. */
  readonly #late = new Map<string, Set<UnitName>>();
  /** Those under way, but for those whose waves are all over: a worker that hangs takes no other's place. */
  readonly #batches = new Set<ReadonlyMap<UnitName, RunningWave>>();
  #isPumpDue = false;
  #paused = true;

  constructor(options: LaneOptions, clock: Clock, hooks: LaneHooks) {
    this.#options = options;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#window = new CoalescingWindow(options, clock, (openForMs) => this.#take(openForMs));
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
      (by === undefined ? undefined : this.#underWay.get(by)) ?? this.#waves.get(this.#hooks.waveOf(unit));
    if (wave === undefined || wave.isOver) {
      this.mark(unit);
      return;
    }
    wave.push(unit);
    this.#takesTurns(wave);
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
    const waveOf = (key: string): RunningWave | undefined => {
      if (this.#waves.has(key)) return undefined;
      let wave = begun.get(key);
      if (wave === undefined) begun.set(key, (wave = this.#newWave(key, openForMs, now)));
      return wave;
    };
    for (const unit of taken) {
      const key = this.#hooks.waveOf(unit);
      const wave = waveOf(key);
      const busy = wave === undefined ? this.#waves.get(key) : this.#underWay.get(unit);
      if (busy?.isOver === true && wave !== undefined) this.#dirty.add(unit);
      else if (busy !== undefined) busy.deferred.add(unit);
      else if (this.#hooks.alive(unit)) wave?.push(unit);
      // That it is gone is for its wave to publish.
      else wave?.members.add(unit);
    }
    for (const [key, units] of this.#late) {
      const wave = waveOf(key);
      if (wave === undefined) continue;
      for (const unit of units) wave.members.add(unit);
      this.#late.delete(key);
    }
    for (const wave of begun.values()) this.#begin(wave);
    this.#pump();
  }

  #newWave(key: string, openForMs: number, now: number): RunningWave {
    return new RunningWave(key, new LevelQueue((unit) => this.#hooks.level(unit)), openForMs, now);
  }

  #begin(wave: RunningWave): void {
    this.#waves.set(wave.key, wave);
    this.#takesTurns(wave);
    wave.cancelHold = this.#clock.after(this.#options.holdMs, () => void this.#complete(wave));
  }

  #pump(): void {
    while (this.#batches.size < this.#options.parallel && this.#turns.size > 0) {
      const batch = this.#batch();
      if (batch.size > 0) this.#send(batch);
    }
    for (const wave of this.#emptied) {
      this.#emptied.delete(wave);
      if (wave.underWay + wave.queue.size === 0) void this.#complete(wave);
    }
  }

  #takesTurns(wave: RunningWave): void {
    (wave.queue.size > 0 ? this.#turns : this.#emptied).add(wave);
    if (wave.queue.isMaking) this.#making.add(wave);
  }

  /** Waves that have begun since do not count, or units that go on making rows would hold it for as long as they do. */
  #waitsForOthers(reader: RunningWave): boolean {
    if (!this.#hooks.readsOthers(reader.key)) return false;
    for (const wave of this.#making) {
      if (wave.isOver || !wave.queue.isMaking) this.#making.delete(wave);
      else if (wave !== reader && wave.startedAt <= reader.startedAt) return true;
    }
    return false;
  }

  #letGo(): void {
    for (const wave of this.#heldBack) this.#takesTurns(wave);
    this.#heldBack.clear();
  }

  /** Each wave that waits has the same share of a batch. */
  #batch(): Map<UnitName, RunningWave> {
    const batch = new Map<UnitName, RunningWave>();
    const { batchSize } = this.#options;
    const share = Math.ceil(batchSize / this.#turns.size);
    let turns = Math.min(batchSize, this.#turns.size);
    for (const wave of this.#turns) {
      if (turns-- === 0 || batch.size >= batchSize) break;
      this.#turns.delete(wave);
      if (this.#waitsForOthers(wave)) this.#heldBack.add(wave);
      else if (this.#share(wave, batch, Math.min(share, batchSize - batch.size))) this.#takesTurns(wave);
    }
    return batch;
  }

  /** False when the wave waits for an answer before any more of it may go; with that it takes turns again. */
  #share(wave: RunningWave, batch: Map<UnitName, RunningWave>, share: number): boolean {
    for (let taken = 0; taken < share; taken++) {
      const unit = wave.queue.take();
      if (unit === undefined) return wave.queue.size === 0;
      const isAlive = this.#hooks.alive(unit);
      if (isAlive && !this.#underWay.has(unit) && !batch.has(unit)) {
        batch.set(unit, wave);
        continue;
      }
      wave.queue.done(unit);
      // Its answer may have been read already, and then says nothing of what has changed since.
      if (isAlive) this.#dirty.add(unit);
    }
    return true;
  }

  #send(batch: ReadonlyMap<UnitName, RunningWave>): void {
    this.#batches.add(batch);
    for (const [unit, wave] of batch) {
      this.#underWay.set(unit, wave);
      wave.underWay++;
    }
    void this.#hooks.translate([...batch.keys()]).then((again) => this.#answered(batch, again));
  }

  #answered(batch: ReadonlyMap<UnitName, RunningWave>, again: readonly UnitName[]): void {
    this.#batches.delete(batch);
    const goesAgain = new Set(again);
    let isDirty = false;
    for (const [unit, wave] of batch) {
      this.#underWay.delete(unit);
      wave.underWay--;
      wave.queue.done(unit);
      if (this.#dirty.has(unit)) isDirty = true;
      if (!wave.isOver) {
        if (goesAgain.has(unit)) wave.push(unit);
        this.#takesTurns(wave);
        continue;
      }
      isDirty = true;
      if (goesAgain.has(unit)) this.#dirty.add(unit);
      else this.#late.set(wave.key, (this.#late.get(wave.key) ?? new Set()).add(unit));
    }
    if (isDirty) this.#window.touch();
    this.#letGo();
    this.#pump();
  }

  async #complete(wave: RunningWave): Promise<void> {
    if (wave.isOver) return;
    wave.isOver = true;
    wave.cancelHold();
    this.#turns.delete(wave);
    this.#heldBack.delete(wave);
    if (wave.underWay > 0) {
      for (const batch of this.#batches)
        if (batch.values().every(({ isOver }) => isOver)) this.#batches.delete(batch);
    }
    this.#letGo();
    this.#pumpSoon();
    const late = wave.underWay + wave.queue.size;
    const { key, members, windowMs } = wave;
    const translateMs = this.#clock.now() - wave.startedAt;
    await this.#hooks.complete({ key, members, windowMs, translateMs, late });
    this.#waves.delete(key);
    for (const unit of wave.queue.drain()) this.#left.add(unit);
    for (const unit of wave.deferred) this.#dirty.add(unit);
    this.#window.idle(wave.deferred.size + this.#left.size > 0 || this.#late.has(key));
  }
}
