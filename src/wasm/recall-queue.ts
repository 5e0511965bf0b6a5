import { FairQueue } from '../lib/fair-queue.ts';
import type { ModuleCheck } from './module-check.ts';
import type { RecalledModule } from './module-fetch.ts';

export interface RecallQueuePorts {
  /** Reads from disk, in milliseconds. May reject. */
  readonly recall: (check: ModuleCheck) => Promise<RecalledModule | undefined>;
  readonly onRecalled: (check: ModuleCheck, recalled: RecalledModule | undefined) => void;
  /** Called before `onRecalled`, which then gets undefined. */
  readonly onFault: (error: unknown) => void;
}

/** Reads modules from before the start from disk, one by one; namespaces take turns. Never waits for a server. */
export class RecallQueue {
  readonly #ports: RecallQueuePorts;
  readonly #waiting = new FairQueue<ModuleCheck>();
  /** The check being read; undefined also after its deletion. */
  #current: ModuleCheck | undefined;
  #isBusy = false;

  constructor(ports: RecallQueuePorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#waiting.size + (this.#current === undefined ? 0 : 1);
  }

  add(check: ModuleCheck): void {
    this.#waiting.add(check.namespace, check);
    void this.#recallAll();
  }

  delete(check: ModuleCheck): void {
    this.#waiting.delete(check.namespace, check);
    if (this.#current === check) this.#current = undefined;
  }

  clear(): void {
    this.#waiting.drain();
    this.#current = undefined;
  }

  async #recallAll(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (;;) {
      const check = this.#waiting.take();
      if (check === undefined) break;
      this.#current = check;
      const recalled = await this.#recall(check);
      if (this.#current !== check) continue;
      this.#current = undefined;
      this.#ports.onRecalled(check, recalled);
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
