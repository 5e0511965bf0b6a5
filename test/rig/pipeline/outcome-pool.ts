import { decodeBatch } from '../../../src/batch/translate-batch.ts';
import { decodeResult, encodeResult } from '../../../src/batch/translate-result.ts';
import type { ReadKey, UnitName } from '../../../src/lib/key.ts';
import { CountingPool } from './counting-pool.ts';

export class OutcomePool extends CountingPool {
  /** Results of each unit since the last `take`. */
  readonly ended = new Map<UnitName, number>();
  readonly failing = new Set<UnitName>();
  /** Units whose batch has no answer until `release`. */
  readonly held = new Set<UnitName>();
  #release: (() => void)[] = [];

  override take(): ReturnType<CountingPool['take']> {
    this.ended.clear();
    return super.take();
  }

  release(): void {
    this.held.clear();
    for (const release of this.#release.splice(0)) release();
  }

  override async run(bytes: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    const { units, positions } = decodeBatch(bytes);
    if (units.some((unit) => this.held.has(unit))) {
      await new Promise<void>((resolve) => void this.#release.push(resolve));
    }
    const keys = [...positions.keys()] as ReadKey[];
    const outcomes = decodeResult(await super.run(bytes, isolated), { bytes, units, keys });
    for (const { unit, kind } of outcomes)
      if (kind === 'ok') this.ended.set(unit, (this.ended.get(unit) ?? 0) + 1);
    return encodeResult(
      outcomes.map((outcome) => {
        const reads = outcome.reads.map((key) => positions.get(key) ?? 0);
        if (!this.failing.has(outcome.unit)) return { ...outcome, reads };
        return { kind: 'fault', reads, message: 'made to fail', micros: 0 };
      }),
    );
  }
}
