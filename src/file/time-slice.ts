import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/** Long enough that yielding costs nothing, short enough not to delay endpoints. */
const sliceMs = 8;

/** Keeps long work from holding the event loop: call `pause` between its steps. */
export class TimeSlice {
  readonly #clock: Clock;
  #startMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  async pause(): Promise<void> {
    if (this.#clock.now() - this.#startMs < sliceMs) return;
    await setImmediate();
    this.#startMs = this.#clock.now();
  }
}
