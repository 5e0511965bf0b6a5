import type { Clock } from '../lib/clock.ts';
import { FleetQueue } from './fleet-queue.ts';

/**
 * Runs a step for each item, about `budgetMs` in a turn of the event loop, fleet by fleet: a thousand proxies delay
 * neither other work nor other fleets.
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

  constructor(clock: Clock, budgetMs: number, step: (item: T) => void) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
    this.#step = step;
  }

  /** Queues an item, or runs its step now. A queued item keeps its place. Returns true when the step has run. */
  add(fleet: string, item: T): boolean {
    if (!this.#inTurn) this.#begin();
    if (!this.#may(fleet) || this.#waiting.size > 0 || this.#spent) {
      this.#waiting.add(fleet, item);
      return false;
    }
    this.#step(item);
    return true;
  }

  /** Makes a fleet wait, or all without a name. */
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

  /** Uses the rest of this turn of the event loop, and the next ones while something waits. */
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

  #take(): T | undefined {
    return this.#isPaused ? undefined : this.#waiting.take((fleet) => this.#may(fleet));
  }

  #may(fleet: string): boolean {
    return !this.#isPaused && !this.#paused.has(fleet);
  }
}

/**
 * Budget of each queue. Longer saves turns, shorter gives others a turn sooner; revise by
 * sluice_event_loop_delay_seconds.
 */
export const turnMs = 6;
