import type { UnitName } from '../lib/key.ts';
import type { LevelQueue } from './level-queue.ts';

/** One closing of the window, for the units that are published together. */
export interface Wave {
  /** See `LaneHooks.waveOf`. */
  readonly key: string;
  /** All of its units, those without a result included. */
  readonly members: ReadonlySet<UnitName>;
  readonly windowMs: number;
  readonly translateMs: number;
  /** Units that had no result in time: they keep their last good output and are in the next wave. */
  readonly late: number;
}

/** A wave under way: what waits for a worker, and what is with one. */
export class RunningWave {
  readonly key: string;
  readonly members = new Set<UnitName>();
  readonly queue: LevelQueue;
  readonly windowMs: number;
  readonly startedAt: number;
  /** Units that became dirty again and go with the next wave. */
  readonly deferred = new Set<UnitName>();
  /** Units with a worker. */
  underWay = 0;
  isOver = false;
  cancelHold: () => void = () => {};

  constructor(key: string, queue: LevelQueue, windowMs: number, startedAt: number) {
    this.key = key;
    this.queue = queue;
    this.windowMs = windowMs;
    this.startedAt = startedAt;
  }

  /** A unit that waits already keeps its place. */
  push(unit: UnitName): void {
    this.members.add(unit);
    this.queue.push(unit);
  }
}
