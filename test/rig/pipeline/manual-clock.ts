import type { Clock } from '../../../src/lib/clock.ts';

/** Time moves when a test says so. Timers run in the order of their times, promises in between. */
export class ManualClock implements Clock {
  startMs = Date.UTC(2026, 0, 1);
  #now = 0;
  #timers: { readonly at: number; readonly task: () => void | Promise<void> }[] = [];

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.startMs + this.#now;
  }

  after(delayMs: number, task: () => void | Promise<void>): () => void {
    const timer = { at: this.#now + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async advanceTo(time: number): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= time).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      void next.task();
      await settle();
    }
    this.#now = time;
    await settle();
  }

  async advanceBy(delayMs: number): Promise<void> {
    await this.advanceTo(this.#now + delayMs);
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
