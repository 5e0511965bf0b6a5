/** Translates batches. Workers keep nothing between batches, so any worker can take any batch. */
export interface TranslatePool {
  /**
   * Takes over the batch's buffer and resolves to that of the result. Rejects when the worker threw, exited, ran out of
   * memory or took longer than the deadline; the worker is replaced by then. `isolated`: needs a thread.
   */
  run(batch: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array>;
  /** Bytes of heap and external memory that the workers use; 0 for a pool without threads. */
  heapBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Rejects `run` when the worker was still busy after the deadline. */
export class DeadlineExceeded extends Error {}
