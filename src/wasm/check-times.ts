import type { Clock } from '../lib/clock.ts';
import type { ModuleCheck } from './module-check.ts';

export interface CheckTimesPorts {
  readonly clock: Clock;
  readonly options: () => { readonly ttlMs: number; readonly alwaysTtlMs: number };
  readonly random: () => number;
  readonly onDue: (check: ModuleCheck) => void;
}

/** Sets the time of each check's next attempt. */
export class CheckTimes {
  readonly #ports: CheckTimesPorts;

  constructor(ports: CheckTimesPorts) {
    this.#ports = ports;
  }

  atEndOfTtl(check: ModuleCheck): void {
    this.after(check, this.#ttlMs(check) * (1 - ttlJitter * this.#ports.random()));
  }

  after(check: ModuleCheck, delayMs: number): void {
    const { clock, onDue } = this.#ports;
    check.cancel?.();
    check.nextAttemptMs = this.dateIn(delayMs);
    check.cancel = clock.after(delayMs, () => {
      check.cancel = undefined;
      onDue(check);
    });
  }

  dateIn(delayMs: number): number {
    return this.#ports.clock.wallMs() + Math.ceil(Math.max(0, delayMs));
  }

  /** Returns how long a verdict has been unconfirmed after the end of its TTL. */
  staleMs(check: ModuleCheck): number {
    if (check.verdict.state !== 'allowed' || check.confirmedAtMs === undefined) return 0;
    return Math.max(0, this.#ports.clock.now() - check.confirmedAtMs - this.#ttlMs(check));
  }

  #ttlMs({ wanted }: ModuleCheck): number {
    const { ttlMs, alwaysTtlMs } = this.#ports.options();
    return wanted.pullPolicy === 'Always' ? alwaysTtlMs : ttlMs;
  }
}

const ttlJitter = 0.2;
