/** Where batches are translated. Any worker can do any batch: workers keep nothing between them. */
export interface TranslatePool {
  /**
   * Takes the batch's buffer over and resolves to the result's. Rejects when the worker threw, exited, ran out of memory
   * or took longer than the deadline; such a worker has been replaced by then.
   */
  run(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Why `run` rejected when the worker was still busy after its time. */
export class DeadlineExceeded extends Error {}
