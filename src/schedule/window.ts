import type { Clock } from '../lib/clock.ts';

export interface WindowOptions {
  /** Time that the window stays open after the newest unit of a burst. */
  readonly windowMs: number;
  /** Bound of that time, from the first unit. */
  readonly maxWindowMs: number;
}

/**
 * Decides when dirty units are taken. The first one after a quiet time closes the window at once; units within `windowMs`
 * of the last close are a burst and are collected. Units that a busy consumer leaves stay due by their own times.
 */
export class CoalescingWindow {
  readonly #clock: Clock;
  readonly #close: (openForMs: number) => void;
  #options: WindowOptions;
  #openedAt: number | undefined;
  #newestAt = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** Time of the first unit that was due and not taken. */
  #leftSince: number | undefined;
  #cancelTimer: (() => void) | undefined;

  /** `close` takes the units. Called from a microtask or a timer, never within `touch`. */
  constructor(options: WindowOptions, clock: Clock, close: (openForMs: number) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#close = close;
  }

  set options(options: WindowOptions) {
    this.#options = options;
  }

  touch(): void {
    const now = this.#clock.now();
    this.#newestAt = now;
    if (this.#openedAt !== undefined) return;
    this.#openedAt = now;
    if (now - this.#closedAt >= this.#options.windowMs) queueMicrotask(() => this.#closeIfOpen());
    else this.#arm(now);
  }

  /** Called when a consumer is done. `isLeft`: units were not taken, and are due by their own times. */
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
