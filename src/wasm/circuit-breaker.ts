interface BackOff {
  nextMs(askedMs?: number): number;
  reset(): void;
}

/**
 * Attempts in a row that may fail before nothing but probes is sent. Fewer spares places that are worth something to
 * others, more outlives a hiccup; revise by sluice_wasm_registries{state="open"}.
 */
const failuresToOpen = 3;

/**
 * One registry's health. Closed: everything may be asked. Open: nothing, until `retryAtMs`. Half open: one attempt is
 * under way that decides for all.
 */
export class CircuitBreaker {
  readonly #backOff: BackOff;
  #failures = 0;
  #isProbing = false;
  #retryAtMs = 0;

  constructor(backOff: BackOff) {
    this.#backOff = backOff;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#failures < failuresToOpen) return 'closed';
    return this.#isProbing ? 'half-open' : 'open';
  }

  /** True after a failed attempt. */
  get isSuspect(): boolean {
    return this.#failures > 0;
  }

  /** Time at which an open one lets a probe through, in the clock's milliseconds. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** Returns true when an attempt may begin; `begun` must follow when it does. */
  admits(nowMs: number): boolean {
    const { state } = this;
    return state === 'closed' || (state === 'open' && nowMs >= this.#retryAtMs);
  }

  begun(): void {
    if (this.state === 'open') this.#isProbing = true;
  }

  /** The registry has answered, whatever it said. */
  answered(): void {
    this.#failures = 0;
    this.#isProbing = false;
    this.#backOff.reset();
  }

  /** An attempt that began before the breaker opened says nothing new. */
  failed(nowMs: number, askedMs: number): void {
    const before = this.state;
    this.#isProbing = false;
    if (before === 'open') return;
    this.#failures++;
    if (this.#failures >= failuresToOpen) this.#retryAtMs = nowMs + this.#backOff.nextMs(askedMs);
  }
}
