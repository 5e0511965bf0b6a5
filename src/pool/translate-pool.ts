/** Where batches are translated. Any worker can do any batch: workers keep nothing between them. */
export interface TranslatePool {
  /**
   * Takes the batch's buffer over and resolves to the result's. Rejects when the worker threw, exited, ran out of memory
   * or took longer than the deadline; such a worker has been replaced by then. `isolated`: only a thread may do it.
   */
  run(batch: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array>;
  /** Heap and external memory that the workers use, in bytes; 0 for a pool without threads of its own. */
  heapBytes(): Promise<number>;
  close(): Promise<void>;
}

/** The error of `run` when the worker was still busy after its time. */
export class DeadlineExceeded extends Error {}
