/** Writes that may go at once after a pause, as a share of a second's: a handful of changes need not queue. */
const burstSeconds = 0.1;

/** Token bucket of writes. All times are of one monotonic clock, in milliseconds. */
export class Pace {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, perSecond * burstSeconds);
    this.#tokens = this.#burst;
    this.#atMs = nowMs;
  }

  /** Returns the time until one more may go; 0: now. */
  waitMs(nowMs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = nowMs;
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1000;
  }

  take(): void {
    this.#tokens--;
  }
}
