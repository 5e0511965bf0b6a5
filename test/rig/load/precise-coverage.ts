import { Session, type Profiler } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/** V8's precise coverage of this thread. Make it before importing the modules to count: V8 counts only later ones. */
export class PreciseCoverage {
  readonly #session = new Session();

  constructor() {
    // Optimized code does not count all of its blocks.
    for (const flag of ['--no-turbofan', '--no-maglev']) setFlagsFromString(flag);
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

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
