import type { Clock } from '../lib/clock.ts';
import type { RemoteCheck } from './remote-check.ts';

export interface CheckTimesPorts<C> {
  readonly clock: Clock;
  readonly ttlMs: (check: C) => number;
  /** From 0 to 1; spreads the attempts of checks and replicas. */
  readonly random: () => number;
  readonly onDue: (check: C) => void;
}

/** Sets the time of each check's next attempt. */
export class CheckTimes<C extends RemoteCheck<C>> {
  readonly #ports: CheckTimesPorts<C>;

  constructor(ports: CheckTimesPorts<C>) {
    this.#ports = ports;
  }

  atEndOfTtl(check: C): void {
    const { ttlMs, random } = this.#ports;
    this.after(check, ttlMs(check) * (1 - ttlJitter * random()));
  }

  after(check: C, delayMs: number): void {
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

  /** Returns how long the last confirmation has been older than the TTL. */
  staleMs(check: C): number {
    if (check.confirmedAtMs === undefined) return 0;
    const { clock, ttlMs } = this.#ports;
    return Math.max(0, clock.now() - check.confirmedAtMs - ttlMs(check));
  }
}

const ttlJitter = 0.2;
