import type { UnitName } from '../lib/key.ts';
import type { LevelQueue } from './level-queue.ts';

/** Units of one closing of the window that are published together. */
export interface Wave {
  /** See `LaneHooks.waveOf`. A wave of slow units has the key of the wave that it was split from. */
  readonly key: string;
  /** Includes units without a result. */
  readonly members: ReadonlySet<UnitName>;
  readonly windowMs: number;
  readonly translateMs: number;
  /** Units without a result in time: they keep their last good output and go with the next wave. */
  readonly late: number;
}

/** Tells waves apart. */
export interface WavePlace {
  /** A single wave of each id runs at a time. */
  readonly id: string;
  readonly key: string;
  /** Namespace of the units, when they are slow. */
  readonly slowOf: string | undefined;
}

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

  push(unit: UnitName): void {
    this.members.add(unit);
    this.queue.push(unit);
  }
}
