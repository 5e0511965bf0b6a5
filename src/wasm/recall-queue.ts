import type { ModuleCheck } from './module-check.ts';
import type { RecalledModule } from './module-fetch.ts';

export interface RecallQueuePorts {
  /** Asks the disk, which takes milliseconds. May reject. */
  readonly recall: (check: ModuleCheck) => Promise<RecalledModule | undefined>;
  readonly onRecalled: (check: ModuleCheck, recalled: RecalledModule | undefined) => void;
  /** Counts as nothing found. */
  readonly onFault: (error: unknown) => void;
}

/** Looks for what modules have on disk from before the start, one by one: no server can be in the way of them. */
export class RecallQueue {
  readonly #ports: RecallQueuePorts;
  readonly #waiting = new Set<ModuleCheck>();
  #isBusy = false;

  constructor(ports: RecallQueuePorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(check: ModuleCheck): void {
    this.#waiting.add(check);
    void this.#recallAll();
  }

  /** Nothing is told of it any more. */
  delete(check: ModuleCheck): void {
    this.#waiting.delete(check);
  }

  clear(): void {
    this.#waiting.clear();
  }

  async #recallAll(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (const check of this.#waiting) {
      const recalled = await this.#recall(check);
      if (this.#waiting.delete(check)) this.#ports.onRecalled(check, recalled);
    }
    this.#isBusy = false;
  }

  async #recall(check: ModuleCheck): Promise<RecalledModule | undefined> {
    try {
      return await this.#ports.recall(check);
    } catch (error) {
      this.#ports.onFault(error);
      return undefined;
    }
  }
}
