import type { UnitName } from '../lib/key.ts';
import type { LevelQueue } from './level-queue.ts';

/** One closing of the window, for the units that are published together. */
export interface Wave {
  /** See `LaneHooks.waveOf`. Waves of slow units have the key of the one that they were split from. */
  readonly key: string;
  /** All of its units, those without a result included. */
  readonly members: ReadonlySet<UnitName>;
  readonly windowMs: number;
  readonly translateMs: number;
  /** Units that had no result in time: they keep their last good output and are in the next wave. */
  readonly late: number;
}

/** Tells waves apart. */
export interface WavePlace {
  /** There is one wave of each at a time. */
  readonly id: string;
  readonly key: string;
  /** The namespace of its units, when these are slow. */
  readonly slowOf: string | undefined;
}

/** A wave under way: what waits for a worker, and what is with one. */
export class RunningWave implements WavePlace {
  readonly id: string;
  readonly key: string;
  readonly slowOf: string | undefined;
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

  constructor({ id, key, slowOf }: WavePlace, queue: LevelQueue, windowMs: number, startedAt: number) {
    this.id = id;
    this.key = key;
    this.slowOf = slowOf;
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
