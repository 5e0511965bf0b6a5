import { stackText } from '../lib/failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Bugs of Sluice: each costs one unit a change, and the pipeline goes on. */
export class Bugs {
  readonly #log: Log;
  readonly #metrics: Metrics;

  constructor(log: Log, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** Runs a step, logs and counts what it throws. `unit` is `Kind/…`; undefined for a step of many units. */
  guard(unit: string | undefined, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.note(unit, error);
    }
  }

  note(unit: string | undefined, error: unknown): void {
    this.#log.error({ unit, error: stackText(error) }, 'a bug in Sluice: what was in force stays');
    const kind = unit?.slice(0, unit.indexOf('/')) ?? '';
    this.#metrics.translateFaults.inc({ unit: kind, reason: 'bug' });
  }
}
