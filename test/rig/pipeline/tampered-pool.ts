import type { UnitOutput } from '../../../src/batch/outcome.ts';
import { decodeBatch } from '../../../src/batch/translate-batch.ts';
import { decodeResult, encodeResult } from '../../../src/batch/translate-result.ts';
import { must } from '../../../src/lib/assert.ts';
import type { ReadKey } from '../../../src/lib/key.ts';
import type { TranslatePool } from '../../../src/pool/translate-pool.ts';

/** `tamper` changes good outputs, so that a proxy rejects what translation accepted. */
export class TamperedPool implements TranslatePool {
  readonly #pool: TranslatePool;
  readonly #tamper: (output: UnitOutput) => UnitOutput;

  constructor(pool: TranslatePool, tamper: (output: UnitOutput) => UnitOutput) {
    this.#pool = pool;
    this.#tamper = tamper;
  }

  async run(bytes: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    const { units, positions } = decodeBatch(bytes);
    const result = await this.#pool.run(bytes, isolated);
    const outcomes = decodeResult(result, { bytes, units, keys: [...positions.keys()] as ReadKey[] });
    return encodeResult(
      outcomes.map((outcome) => {
        const reads = outcome.reads.map((key) => must(positions.get(key), key));
        return outcome.kind === 'ok'
          ? { ...outcome, reads, output: this.#tamper(outcome.output) }
          : { ...outcome, reads };
      }),
    );
  }

  heapBytes(): Promise<number> {
    return this.#pool.heapBytes();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
