import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/**
 * How long the parsing of all kinds together may hold one turn of the event loop. Long enough that yielding costs
 * nothing, short enough that an endpoint's way to Envoy does not notice; revise by sluice_event_loop_delay_seconds.
 */
const budgetMs = 8;

/**
 * Main-thread time that one turn of the event loop gives to a piece of work in small steps, shared by all who do such
 * work: eight kinds that yield after 8 ms each would together hold the loop for 64.
 */
export class TurnBudget {
  readonly #clock: Clock;
  #startMs = 0;
  #inTurn = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ask between steps. When it is spent, `await nextTurn()` before going on. */
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

  /** Resolves in the next turn of the event loop. */
  async nextTurn(): Promise<void> {
    await nextTurn();
  }
}
