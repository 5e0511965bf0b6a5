import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/**
 * Time of one turn for the parsing of all kinds together. Long enough that yielding costs nothing, short enough that it
 * does not delay an endpoint's way to Envoy; revise by sluice_event_loop_delay_seconds.
 */
const budgetMs = 8;

/**
 * Shares the main-thread time of a turn among all work in small steps: eight kinds that yield after 8 ms each would
 * together hold the loop for 64.
 */
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
