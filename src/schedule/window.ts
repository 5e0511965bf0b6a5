import type { Clock } from '../lib/clock.ts';

export interface WindowOptions {
  /** Under a burst the window stays open until this long after the newest name. */
  readonly windowMs: number;
  /** It never stays open longer than this after the first name. */
  readonly maxWindowMs: number;
}

/**
 * When to take the dirty set. The first name after a quiet time closes the window at once, so one change alone never
 * waits; names that come within `windowMs` of the last close are a burst and wait for each other.
 *
 * Events that could not be taken, since the consumer is busy, stay due by the times at which they came.
 */
export class CoalescingWindow {
  readonly #clock: Clock;
  readonly #close: (openForMs: number) => void;
  #options: WindowOptions;
  #openedAt: number | undefined;
  #newestAt = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** When the first of those names came that were due and not taken. */
  #leftSince: number | undefined;
  #cancelTimer: (() => void) | undefined;

  /**
   * `close` takes the set, with the milliseconds for which the window was open. It is called from a microtask or
   * a timer, never from within `touch`.
   */
  constructor(options: WindowOptions, clock: Clock, close: (openForMs: number) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#close = close;
  }

  set options(options: WindowOptions) {
    this.#options = options;
  }

  /** A name became dirty. */
  touch(): void {
    const now = this.#clock.now();
    this.#newestAt = now;
    if (this.#openedAt !== undefined) return;
    this.#openedAt = now;
    if (now - this.#closedAt >= this.#options.windowMs) queueMicrotask(() => this.#closeIfOpen());
    else this.#arm(now);
  }

  /** A consumer is done with what it took. `isLeft`: there are names that were not taken, which are due by their own times. */
  idle(isLeft: boolean): void {
    this.#closedAt = this.#clock.now();
    if (isLeft) this.#openedAt ??= this.#leftSince ?? this.#newestAt;
    this.#leftSince = undefined;
    if (this.#openedAt !== undefined) this.#arm(this.#closedAt);
  }

  dispose(): void {
    this.#cancelTimer?.();
    this.#openedAt = undefined;
  }

  #arm(now: number): void {
    if (this.#openedAt === undefined || this.#cancelTimer !== undefined) return;
    const due = Math.min(this.#newestAt + this.#options.windowMs, this.#openedAt + this.#options.maxWindowMs);
    if (due <= now) {
      queueMicrotask(() => this.#closeIfOpen());
      return;
    }
    this.#cancelTimer = this.#clock.after(due - now, () => {
      this.#cancelTimer = undefined;
      this.#arm(this.#clock.now());
    });
  }

  #closeIfOpen(): void {
    if (this.#openedAt === undefined) return;
    this.#closedAt = this.#clock.now();
    const openForMs = this.#closedAt - this.#openedAt;
    this.#leftSince ??= this.#openedAt;
    this.#openedAt = undefined;
    this.#close(openForMs);
  }
}
