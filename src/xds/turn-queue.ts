import type { Clock } from '../lib/clock.ts';
import { FleetQueue } from './fleet-queue.ts';

/**
 * A step for each of many items, without ever holding a turn of the event loop for much longer than `budgetMs`: at once
 * while the turn has time for it, and otherwise in one of the next turns, fleet by fleet and in each of them in the order in
 * which the items came. So a thousand proxies that all need something do not keep the thread from what else happens, nor
 * those of another fleet, and none of them starves.
 */
export class TurnQueue<T extends string | object> {
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #step: (item: T) => void;
  readonly #waiting = new FleetQueue<T>();
  #startMs = 0;
  #inTurn = false;
  readonly #paused = new Set<string>();
  #isPaused = false;

  /** `step` must not throw. */
  constructor(clock: Clock, budgetMs: number, step: (item: T) => void) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
    this.#step = step;
  }

  /** An item that waits already keeps its place, and has one step. Returns whether it has had its step by now. */
  add(fleet: string, item: T): boolean {
    if (!this.#inTurn) this.#begin();
    if (!this.#may(fleet) || this.#waiting.size > 0 || this.#spent) {
      this.#waiting.add(fleet, item);
      return false;
    }
    this.#step(item);
    return true;
  }

  /** While a fleet is held, everything of it waits; without one: everything of all. */
  pause(isPaused: boolean, fleet?: string): void {
    if (fleet === undefined) this.#isPaused = isPaused;
    else if (isPaused) this.#paused.add(fleet);
    else this.#paused.delete(fleet);
    if (!isPaused && !this.#inTurn) this.#begin();
  }

  has(item: T): boolean {
    return this.#waiting.has(item);
  }

  delete(item: T): void {
    this.#waiting.delete(item);
  }

  get #spent(): boolean {
    return this.#clock.now() - this.#startMs >= this.#budgetMs;
  }

  /** The rest of this turn of the event loop, and the next ones for as long as something waits. */
  #begin(): void {
    this.#inTurn = true;
    this.#startMs = this.#clock.now();
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#inTurn = false;
    let item = this.#take();
    if (item === undefined) return;
    this.#begin();
    for (; item !== undefined; item = this.#take()) {
      this.#step(item);
      if (this.#spent) return;
    }
  }

  /** O(1), and O(fleets that are held). */
  #take(): T | undefined {
    return this.#isPaused ? undefined : this.#waiting.take((fleet) => this.#may(fleet));
  }

  #may(fleet: string): boolean {
    return !this.#isPaused && !this.#paused.has(fleet);
  }
}

/**
 * The budget of each queue: what is written to proxies with new endpoints, with more, and what they ask for. Longer saves
 * turns, shorter lets the others in sooner; revise by sluice_event_loop_delay_seconds.
 */
export const turnMs = 6;
