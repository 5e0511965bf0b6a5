import type { BackOff } from './remote-check.ts';

/**
 * Failed attempts in a row before only probes are sent. Fewer protects shared slots, more tolerates short faults;
 * revise by sluice_wasm_registries{state="open"} and sluice_document_servers{state="open"}.
 */
const failuresToOpen = 3;

/** Health of one server. Closed: all attempts may start. Open: none, until `retryAtMs`. Half open: one probe runs. */
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

  get isSuspect(): boolean {
    return this.#failures > 0;
  }

  /** Time at which an open breaker admits a probe, in the clock's milliseconds. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** Returns true when an attempt may start; call `started` when it does. */
  admits(nowMs: number): boolean {
    const { state } = this;
    return state === 'closed' || (state === 'open' && nowMs >= this.#retryAtMs);
  }

  started(): void {
    if (this.state === 'open') this.#isProbing = true;
  }

  /** Call for any answer of the server, also a refusal. */
  answered(): void {
    this.#failures = 0;
    this.#isProbing = false;
    this.#backOff.reset();
  }

  /** Ignores an attempt that started before the breaker opened. */
  failed(nowMs: number, askedMs: number): void {
    const before = this.state;
    this.#isProbing = false;
    if (before === 'open') return;
    this.#failures++;
    if (this.#failures >= failuresToOpen) this.#retryAtMs = nowMs + this.#backOff.nextMs(askedMs);
  }
}
