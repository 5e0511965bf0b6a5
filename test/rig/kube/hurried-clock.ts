import type { Clock } from '../../../src/lib/clock.ts';

/** Waits between attempts end in the next turn, and time moves on by them; longer ones, of watchdogs, end by `expire`. */
export class HurriedClock implements Clock {
  #now = 0;
  readonly #waiting = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    if (delayMs > longestAttemptMs) {
      this.#waiting.add(task);
      return () => this.#waiting.delete(task);
    }
    const atMs = this.#now + delayMs;
    const immediate = setImmediate(() => {
      this.#now = Math.max(this.#now, atMs);
      task();
    });
    return () => clearImmediate(immediate);
  }

  /** Time of silence, by default longer than that of every watchdog. */
  expire(byMs = 1_000_000): void {
    this.#now += byMs;
    const tasks = [...this.#waiting];
    this.#waiting.clear();
    for (const task of tasks) task();
  }
}

const longestAttemptMs = 5000;
