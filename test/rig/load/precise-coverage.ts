import { Session, type Profiler } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/**
 * V8's precise coverage of this thread. Make it before any module is imported that is to be counted: V8 counts the blocks of
 * functions that are compiled while it counts.
 */
export class PreciseCoverage {
  readonly #session = new Session();

  constructor() {
    // Optimized code does not count all of its blocks.
    for (const flag of ['--no-turbofan', '--no-maglev']) setFlagsFromString(flag);
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Everything that ran since the last call. */
  take(): Profiler.ScriptCoverage[] {
    let found: Profiler.ScriptCoverage[] = [];
    // An in-process session answers before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      found = result;
    });
    return found;
  }

  close(): void {
    this.#session.disconnect();
  }
}
