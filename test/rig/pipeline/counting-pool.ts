import { decodeBatch } from '../../../src/batch/translate-batch.ts';
import type { UnitName } from '../../../src/lib/key.ts';
import type { TranslatePool } from '../../../src/pool/translate-pool.ts';
import { untimedPool } from './untimed-pool.ts';

export class CountingPool implements TranslatePool {
  /** Count by unit, since the last call of `take`. */
  readonly #sent = new Map<UnitName, number>();
  #rows = 0;
  #bytes = 0;

  async run(batch: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    const { units, positions } = decodeBatch(batch);
    for (const unit of units) this.#sent.set(unit, (this.#sent.get(unit) ?? 0) + 1);
    this.#rows += positions.size;
    this.#bytes += batch.length;
    const result = await untimedPool.run(batch, isolated);
    this.#bytes += result.length;
    return result;
  }

  /** Since the last call; `bytes` is both ways. */
  take(): { sent: ReadonlyMap<UnitName, number>; rows: number; bytes: number } {
    const taken = { sent: new Map(this.#sent), rows: this.#rows, bytes: this.#bytes };
    this.#sent.clear();
    this.#rows = 0;
    this.#bytes = 0;
    return taken;
  }

  heapBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
