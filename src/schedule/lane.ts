import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import type { Level } from '../units/unit-def.ts';
import { LevelQueue } from './level-queue.ts';
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
  /** Whether the unit still exists. */
  alive(unit: UnitName): boolean;
  /** Units of a lower level go before those of a higher one. */
  level(unit: UnitName): Level;
  /** Translates one batch and keeps its results; resolves to the units that must go again at once. Never rejects. */
  translate(units: readonly UnitName[]): Promise<readonly UnitName[]>;
  /** Every unit of the wave has its result, or the wave has lasted for `holdMs`: results may be published now. */
  complete(wave: Wave): Promise<void>;
}

/** One closing of the window. */
export interface Wave {
  readonly units: number;
  readonly windowMs: number;
  readonly translateMs: number;
  /** Units that had no result in time: they keep their last good output and are in the next wave. */
  readonly late: number;
}

/**
 * A dirty set of unit names, its window and the wave under way. What queues is a set of names, bounded by what exists;
 * the rows are read when a batch is made, so the latest row wins.
 *
 * A unit is under way at most once, so results of one unit can never overtake each other.
 */
export class Lane {
  readonly #hooks: LaneHooks;
  readonly #clock: Clock;
  readonly #window: CoalescingWindow;
  #options: LaneOptions;
  #dirty = new Set<UnitName>();
  /** What the last wave had no time for. It goes before what has come since, or a lane that is behind never gets to it. */
  #left = new Set<UnitName>();
  readonly #underWay = new Set<UnitName>();
  #wave: RunningWave | undefined;
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

  /** Names waiting for the window, and names with a worker. */
  get backlog(): { readonly dirty: number; readonly underWay: number } {
    return {
      dirty: this.#dirty.size + this.#left.size,
      underWay: this.#underWay.size + (this.#wave?.queue.size ?? 0),
    };
  }

  get idle(): boolean {
    return this.#dirty.size + this.#left.size === 0 && this.#wave === undefined && this.#underWay.size === 0;
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

  /** For a unit that the wave under way has just found to be needed, or to be out of date: it goes with that wave. */
  join(unit: UnitName): void {
    if (this.#wave === undefined || this.#wave.completing) {
      this.mark(unit);
      return;
    }
    if (!this.#wave.queue.push(unit)) return;
    this.#wave.units++;
    if (this.#wave.running === 0) this.#pump(this.#wave);
  }

  close(): void {
    this.#paused = true;
    this.#window.dispose();
    this.#wave?.cancelHold();
  }

  #take(openForMs: number): void {
    if (this.#paused) return;
    const taken = this.#left.union(this.#dirty);
    this.#dirty = new Set();
    this.#left = new Set();
    const queue: UnitName[] = [];
    for (const unit of taken) {
      if (this.#underWay.has(unit)) this.#dirty.add(unit);
      else if (this.#hooks.alive(unit)) queue.push(unit);
    }
    this.#window.busy();
    const levels = new LevelQueue((unit) => this.#hooks.level(unit), queue);
    const wave = new RunningWave(levels, openForMs, this.#clock.now());
    this.#wave = wave;
    wave.cancelHold = this.#clock.after(this.#options.holdMs, () => this.#complete(wave));
    this.#pump(wave);
  }

  #pump(wave: RunningWave): void {
    while (wave.running < this.#options.parallel) {
      const batch = this.#batch(wave.queue);
      if (batch.length === 0) break;
      this.#send(wave, batch);
    }
    if (wave.running === 0) void this.#complete(wave);
  }

  /** Units of one level: those of the next may go only when these have answered. */
  #batch(queue: LevelQueue): UnitName[] {
    const batch: UnitName[] = [];
    while (batch.length < this.#options.batchSize) {
      const unit = queue.take();
      if (unit === undefined) break;
      if (this.#hooks.alive(unit) && !this.#underWay.has(unit)) {
        batch.push(unit);
        continue;
      }
      queue.done(unit);
      // Its answer may have been read already, and then says nothing of what has changed since.
      if (this.#hooks.alive(unit)) this.mark(unit);
    }
    return batch;
  }

  #send(wave: RunningWave, batch: readonly UnitName[]): void {
    wave.running++;
    for (const unit of batch) this.#underWay.add(unit);
    void this.#hooks.translate(batch).then((again) => this.#answered(wave, batch, again));
  }

  #answered(wave: RunningWave, batch: readonly UnitName[], again: readonly UnitName[]): void {
    wave.running--;
    for (const unit of batch) {
      this.#underWay.delete(unit);
      wave.queue.done(unit);
    }
    if (wave === this.#wave && !wave.completing) {
      for (const unit of again) wave.queue.push(unit);
      this.#pump(wave);
    } else {
      // The wave went on without this batch: the next one publishes its results, even if nothing else is dirty.
      for (const unit of again) this.#dirty.add(unit);
      this.#window.touch();
    }
  }

  async #complete(wave: RunningWave): Promise<void> {
    if (wave !== this.#wave || wave.completing) return;
    wave.completing = true;
    wave.cancelHold();
    this.#left = new Set(wave.queue.drain());
    if (this.#left.size > 0) this.#window.touch();
    const late = this.#underWay.size + this.#left.size;
    await this.#hooks.complete({
      units: wave.units,
      windowMs: wave.windowMs,
      translateMs: this.#clock.now() - wave.startedAt,
      late,
    });
    this.#wave = undefined;
    this.#window.idle();
  }
}

class RunningWave {
  readonly queue: LevelQueue;
  readonly windowMs: number;
  readonly startedAt: number;
  units: number;
  running = 0;
  completing = false;
  cancelHold: () => void = () => {};

  constructor(queue: LevelQueue, windowMs: number, startedAt: number) {
    this.queue = queue;
    this.windowMs = windowMs;
    this.startedAt = startedAt;
    this.units = queue.size;
  }
}
