import type { StatusFault } from '../kinds/observed-status.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { StatusLog } from './status-writer-ports.ts';

/** Logs why statuses could not be written: a fault of a whole kind, or of the API server, once for the kind. */
export class WriteFaults {
  readonly #log: StatusLog;
  /** Faults of a kind that were logged since its last good write. */
  readonly #logged = new Set<string>();

  constructor(log: StatusLog) {
    this.#log = log;
  }

  failed(object: ResourceKey, reason: StatusFault, message: string): void {
    if (reason === 'conflict' || reason === 'absent') return;
    if (reason !== 'refused') {
      const logged = `${splitResourceKey(object).kind} ${reason}`;
      if (this.#logged.has(logged)) return;
      this.#logged.add(logged);
    }
    this.#log.warn({ object, reason }, `the status could not be written and is tried again: ${message}`);
  }

  ended(kind: string): void {
    for (const logged of kindFaults) this.#logged.delete(`${kind} ${logged}`);
  }
}

const kindFaults: readonly StatusFault[] = ['forbidden', 'unavailable'];
