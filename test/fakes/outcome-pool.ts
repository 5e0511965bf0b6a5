import type { Outcome } from '../../src/batch/outcome.ts';
import { decodeBatch } from '../../src/batch/translate-batch.ts';
import { decodeResult, encodeResult } from '../../src/batch/translate-result.ts';
import type { ReadKey, UnitName } from '../../src/lib/key.ts';
import { inlinePool } from '../../src/pool/inline.ts';
import type { TranslatePool } from '../../src/pool/translate-pool.ts';

/** A pool that counts, and in which units may wait for their worker, or fail, when a test says so. */
export class CountingPool implements TranslatePool {
  /** How often each unit came to its end, and how often it went in all. */
  readonly counts = new Map<UnitName, { ended: number; rounds: number }>();
  /** Bytes to the workers. */
  bytes = 0;
  /** Units that fail. */
  readonly failing = new Set<UnitName>();
  /** Units whose batch has no answer until `release`. */
  readonly held = new Set<UnitName>();
  #release: (() => void)[] = [];

  /** What has been counted since the last call: each unit with the number of its rounds. */
  take(): Map<UnitName, number> {
    const rounds = new Map([...this.counts].map(([unit, count]) => [unit, count.rounds] as const));
    this.counts.clear();
    this.bytes = 0;
    return rounds;
  }

  release(): void {
    this.held.clear();
    for (const release of this.#release.splice(0)) release();
  }

  async run(bytes: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    const { units, positions } = decodeBatch(bytes);
    this.bytes += bytes.length;
    if (units.some((unit) => this.held.has(unit))) {
      await new Promise<void>((resolve) => void this.#release.push(resolve));
    }
    const keys = [...positions.keys()] as ReadKey[];
    const outcomes = decodeResult(await inlinePool.run(bytes, isolated), { bytes, units, keys });
    for (const outcome of outcomes) this.#count(outcome);
    return encodeResult(
      outcomes.map((outcome) => {
        const reads = outcome.reads.map((key) => positions.get(key) ?? 0);
        if (!this.failing.has(outcome.unit)) return { ...outcome, reads };
        return { kind: 'fault', reads, message: 'made to fail' };
      }),
    );
  }

  heapBytes(): Promise<number> {
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #count({ unit, kind }: Outcome): void {
    const { ended, rounds } = this.counts.get(unit) ?? { ended: 0, rounds: 0 };
    this.counts.set(unit, { ended: ended + (kind === 'ok' ? 1 : 0), rounds: rounds + 1 });
  }
}
