/** Gives time and timers to all of Sluice, so that tests need not sleep. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Milliseconds since 1970, for dates that others read. It can jump either way: never measure with it. */
  wallMs(): number;
  /**
   * Runs `task` once after `delayMs`; returns a function that cancels it. Does not keep the process alive. A task that
   * throws or rejects ends the process, unless the clock is that of `Faults`.
   */
  after(delayMs: number, task: () => void | Promise<void>): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(() => void task(), delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
