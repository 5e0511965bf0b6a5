import type { Clock } from '../lib/clock.ts';
import { stackText } from '../lib/failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { SparseLines } from './sparse-lines.ts';

/**
 * Place of an error that Sluice goes on from: `request`, to the admin server; `listener`, of a server's socket or a
 * connection; `timer`; `process`, one that Sluice runs.
 */
export type FaultPlace = 'request' | 'listener' | 'timer' | 'process';

/** Counts errors that end one request, connection, timer or process and nothing else; logs some of each place. */
export class Faults {
  /** Clock on which an error in a timer ends that timer alone. */
  readonly clock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #lines: SparseLines<FaultPlace>;

  constructor(log: Log, metrics: Metrics, clock: Clock) {
    this.#log = log;
    this.#metrics = metrics;
    this.#lines = new SparseLines(clock);
    this.clock = {
      now: () => clock.now(),
      wallMs: () => clock.wallMs(),
      after: (delayMs, task) => clock.after(delayMs, () => this.guard('timer', task)),
    };
  }

  /** Runs a step, which may return a promise. Never throws or rejects. */
  async guard(place: FaultPlace, step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.note(place, error);
    }
  }

  note(place: FaultPlace, error: unknown): void {
    this.#metrics.faults.inc({ place });
    this.#lines.say(place, (unsaid) =>
      this.#log.error({ place, error: stackText(error), ...unsaid }, 'an error that Sluice goes on from'),
    );
  }
}
