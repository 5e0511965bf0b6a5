import { decodeBatch } from '../../../src/batch/translate-batch.ts';
import { decodeResult } from '../../../src/batch/translate-result.ts';
import type { ReadKey, UnitName } from '../../../src/lib/key.ts';
import type { TranslatePool } from '../../../src/pool/translate-pool.ts';
import { translateBatch } from '../../../src/translate/translate-batch.ts';
import type { ManualClock } from './manual-clock.ts';

/** Milliseconds. */
const usualMs = 0.2;

/**
 * Workers take the time of prices, so counts are the same on any machine. `next` ends the batch that would end first.
 * Before `isPriced`, all end at once.
 */
export class PricedPool implements TranslatePool {
  isPriced = false;
  /** Batches in the order in which they started. */
  readonly started: (readonly UnitName[])[] = [];
  readonly done: UnitName[] = [];
  readonly #clock: ManualClock;
  readonly #workers: number;
  readonly #price: (unit: UnitName) => number | undefined;
  readonly #running = new Set<{ readonly endsAt: number; readonly answer: () => void }>();
  readonly #waiting: (() => void)[] = [];

  constructor(clock: ManualClock, workers: number, price: (unit: UnitName) => number | undefined) {
    this.#clock = clock;
    this.#workers = workers;
    this.#price = price;
  }

  async run(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (!this.isPriced) return translateBatch(bytes);
    if (this.#running.size >= this.#workers) await new Promise<void>((go) => this.#waiting.push(go));
    const { units, positions } = decodeBatch(bytes);
    this.started.push(units);
    const result = translateBatch(bytes, this.#clockOf(units));
    const keys = [...positions.keys()] as ReadKey[];
    const done = decodeResult(result, { bytes, units, keys }).flatMap(({ kind, unit }) =>
      kind === 'later' ? [] : [unit],
    );
    const ms = done.reduce((sum, unit) => sum + this.#priceOf(unit), 0);
    return new Promise((resolve) => {
      const run = {
        endsAt: this.#clock.now() + ms,
        answer: (): void => {
          this.#running.delete(run);
          this.done.push(...done);
          resolve(result);
          this.#waiting.shift()?.();
        },
      };
      this.#running.add(run);
    });
  }

  /** Time passes until a batch has ended and its results were taken. */
  async next(): Promise<void> {
    const [first] = [...this.#running].sort((a, b) => a.endsAt - b.endsAt);
    const ms = first === undefined ? 1 : first.endsAt - this.#clock.now();
    if (ms > 0) await this.#clock.advanceBy(ms);
    first?.answer();
    for (let i = 0; i < 3; i++) await this.#clock.advanceBy(0);
  }

  heapBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #priceOf(unit: UnitName): number {
    return this.#price(unit) ?? usualMs;
  }

  /** Read once for the batch, and for each unit at its beginning and end; before each unit but the first, once more. */
  #clockOf(units: readonly UnitName[]): () => number {
    let reads = 0;
    let now = 0;
    return () => {
      if (reads % 3 === 2) {
        const unit = units[(reads - 2) / 3];
        if (unit !== undefined) now += this.#priceOf(unit);
      }
      reads++;
      return now;
    };
  }
}
