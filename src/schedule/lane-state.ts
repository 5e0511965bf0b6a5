export interface LaneState {
  readonly dirty: number;
  readonly underWay: number;
  readonly waves: number;
  /** Batches that workers have now, since the start, and at most at once. */
  readonly batches: number;
  readonly batchesSent: number;
  readonly parallel: number;
}
