/** The shortest wait is half of it: a short fault costs 50 ms. A lower value would load a struggling server. */
const usualFirstMs = 100;

/** Low, so that a returning API server is noticed soon. Jitter keeps replicas from returning together. */
const usualMaxMs = 5000;

/** Waits between attempts: 50 ms … 5 s by default, doubling, each with jitter over its upper half; without end. */
export class BackOff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #attempts = 0;

  constructor(firstMs = usualFirstMs, maxMs = usualMaxMs) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** Returns the next wait, or the one that the server asked for when it is longer, up to the same maximum. */
  nextMs(askedMs = 0): number {
    const wholeMs = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempts, 16));
    this.#attempts++;
    const jitteredMs = wholeMs / 2 + (Math.random() * wholeMs) / 2;
    return Math.min(this.#maxMs, Math.max(jitteredMs, askedMs));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
