import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/** Long enough that yielding is free, short enough for endpoints; revise by sluice_event_loop_delay_seconds. */
const budgetMs = 8;

/** Shares the time of a turn among all kinds: eight that yield after 8 ms each would hold the loop for 64. */
export class TurnBudget {
  readonly #clock: Clock;
  #startMs = 0;
  #inTurn = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when the time is used up: `await nextTurn()` before the next step. */
  get spent(): boolean {
    const nowMs = this.#clock.now();
    if (this.#inTurn) return nowMs - this.#startMs >= budgetMs;
    this.#inTurn = true;
    this.#startMs = nowMs;
    setImmediate(() => {
      this.#inTurn = false;
    });
    return false;
  }

  async nextTurn(): Promise<void> {
    await nextTurn();
  }
}
