import { decodeBatch } from '../../../src/batch/translate-batch.ts';
import type { TranslatePool } from '../../../src/pool/translate-pool.ts';
import { translateBatch } from '../../../src/translate/translate-batch.ts';

interface Pending {
  readonly units: number;
  readonly answer: () => void;
  readonly die: () => void;
}

/** Workers answer when a test says so, in any order. */
export class ScheduledPool implements TranslatePool {
  readonly #pending: Pending[] = [];
  readonly #slowness: number;

  /** `slowness`: milliseconds of some units of each batch; the others take none. */
  constructor(slowness = 0) {
    this.#slowness = slowness;
  }

  get waiting(): number {
    return this.#pending.length;
  }

  run(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#pending.push({
        units: decodeBatch(batch).units.length,
        answer: () => resolve(translateBatch(batch, this.#clock())),
        die: () => reject(new Error('the worker died')),
      });
    });
  }

  /** `pick` chooses the batch. */
  answer(pick: number): void {
    this.#take(pick)?.answer();
  }

  /** The worker ends without an answer. A batch of one unit is spared, as its unit would be quarantined. */
  die(pick: number): void {
    const taken = this.#take(pick);
    if (taken !== undefined && taken.units > 1) taken.die();
    else taken?.answer();
  }

  heapBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Read a few times for each unit. */
  #clock(): () => number {
    let reads = 0;
    let now = 0;
    return () => (++reads % 5 === 0 ? (now += this.#slowness) : now);
  }

  #take(pick: number): Pending | undefined {
    return this.#pending.splice(pick % Math.max(1, this.#pending.length), 1)[0];
  }
}
