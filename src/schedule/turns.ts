import type { UnitName } from '../lib/key.ts';
import { FairQueue } from '../lib/fair-queue.ts';
import type { RunningWave } from './wave.ts';

/** Units of a slow batch. More save hops for units that only count as slow, but send more rows in vain. */
const slowBatchSize = 8;

export type Batch = ReadonlyMap<UnitName, RunningWave>;

export interface TurnsHooks {
  /** True for a wave whose units read rows that units of any wave make. */
  readsOthers(wave: string): boolean;
  owed(namespace: string): number;
  /** Puts up to `most` units of the wave into the batch; false when the others have to wait for an answer. */
  fill(wave: RunningWave, batch: Map<UnitName, RunningWave>, most: number): boolean;
}

/**
 * Orders the waves whose units wait for a worker. Quick waves share each batch, so that a small one is done while a large
 * one goes on; slow waves have batches of their own, the namespace that owes least first.
 */
export class Turns {
  readonly #hooks: TurnsHooks;
  readonly #quick = new Set<RunningWave>();
  readonly #slow = new FairQueue<RunningWave>();
  /** Waves with units that make rows, and some that have none left. */
  readonly #making = new Set<RunningWave>();
  readonly #heldBack = new Set<RunningWave>();
  readonly #emptied = new Set<RunningWave>();

  constructor(hooks: TurnsHooks) {
    this.#hooks = hooks;
  }

  get quickWait(): boolean {
    return this.#quick.size > 0;
  }

  get slowWait(): boolean {
    return this.#slow.size > 0;
  }

  add(wave: RunningWave): void {
    if (wave.queue.size === 0) this.#emptied.add(wave);
    else if (wave.slowOf === undefined) this.#quick.add(wave);
    else this.#slow.add(wave.slowOf, wave);
    if (wave.queue.isMaking) this.#making.add(wave);
  }

  delete(wave: RunningWave): void {
    this.#heldBack.delete(wave);
    if (wave.slowOf === undefined) this.#quick.delete(wave);
    else this.#slow.delete(wave.slowOf, wave);
  }

  /** Lets waves that were held back take turns again. */
  letGo(): void {
    const released = [...this.#heldBack];
    this.#heldBack.clear();
    for (const wave of released) this.add(wave);
  }

  takeEmptied(): readonly RunningWave[] {
    const emptied = [...this.#emptied];
    this.#emptied.clear();
    return emptied;
  }

  /** Takes an equal share of each quick wave; may be empty. */
  quickBatch(batchSize: number): Batch {
    const batch = new Map<UnitName, RunningWave>();
    const share = Math.ceil(batchSize / this.#quick.size);
    let turns = Math.min(batchSize, this.#quick.size);
    for (const wave of this.#quick) {
      if (turns-- === 0 || batch.size >= batchSize) break;
      this.#quick.delete(wave);
      this.#fill(wave, batch, Math.min(share, batchSize - batch.size));
    }
    return batch;
  }

  /** Takes units of one slow wave; may be empty. Most of them go again when the first use up the batch's time. */
  slowBatch(batchSize: number): Batch {
    const batch = new Map<UnitName, RunningWave>();
    const wave = this.#slow.take((namespace) => this.#hooks.owed(namespace));
    if (wave !== undefined) this.#fill(wave, batch, Math.min(batchSize, slowBatchSize));
    return batch;
  }

  #fill(wave: RunningWave, batch: Map<UnitName, RunningWave>, most: number): void {
    if (this.#waitsForOthers(wave)) this.#heldBack.add(wave);
    else if (this.#hooks.fill(wave, batch, most)) this.add(wave);
  }

  /** Ignores waves that started later: units that go on making rows would hold the reader back without end. */
  #waitsForOthers(reader: RunningWave): boolean {
    const readsAll = this.#hooks.readsOthers(reader.key);
    if (!readsAll && reader.slowOf === undefined) return false;
    for (const wave of this.#making) {
      if (wave.isOver || !wave.queue.isMaking) this.#making.delete(wave);
      else if (wave !== reader && (readsAll || wave.key === reader.key) && wave.startedAt <= reader.startedAt)
        return true;
    }
    return false;
  }
}
