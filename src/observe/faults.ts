import type { Clock } from '../lib/clock.ts';
import { stackText } from '../lib/failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { SparseLines } from './sparse-lines.ts';

/**
 * Where an error struck that Sluice goes on from: `request`, to the admin server; `listener`, of a server's socket or one
 * of its connections; `timer`; `process`, one that Sluice runs.
 */
export type FaultPlace = 'request' | 'listener' | 'timer' | 'process';

/** Errors that cost what they struck and nothing else: each is counted, and some of each place are logged. */
export class Faults {
  /** The clock whose timers are struck alone. */
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

  /** Runs a step, which may go on after it has returned. Never throws or rejects. */
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
