/** The shortest wait is half of it, so that a proxy's hiccup costs 50 ms; shorter would hammer a struggling server. */
const usualFirstMs = 100;

/** Low, so that the API server's return is noticed at once; with jitter, a fleet's replicas still do not come as one. */
const usualMaxMs = 5000;

/**
 * Waits between attempts: 50 ms … 5 s unless told otherwise, doubling, each with jitter over its upper half. There is no
 * last attempt.
 */
export class BackOff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #attempts = 0;

  constructor(firstMs = usualFirstMs, maxMs = usualMaxMs) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** Takes the wait that the server asked for when it is longer, within the same bound. */
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
