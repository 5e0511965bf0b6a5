import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/** Long enough that yielding costs nothing, short enough that no endpoint update notices. */
const sliceMs = 8;

/** Keeps a long piece of work from holding the event loop: call `pause` between its steps. */
export class TimeSlice {
  readonly #clock: Clock;
  #startMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  /** Lets others run when the slice is used up. */
  async pause(): Promise<void> {
    if (this.#clock.now() - this.#startMs < sliceMs) return;
    await setImmediate();
    this.#startMs = this.#clock.now();
  }
}
