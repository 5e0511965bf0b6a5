/** Stages of the way of one event, in order. */
export type StageName = 'watch' | 'schedule' | 'batch' | 'worker' | 'publish' | 'ack';

/** One event that is followed through all stages. */
export interface Trace {
  /** Notes a stage that is over; times are on the clock's scale. */
  stage(name: StageName, startedAt: number, endedAt: number): void;
}

/** Where a publication comes from: the oldest change in it. Times are on the clock's scale. */
export interface Origin {
  /** When somebody made the change, where the object says it; otherwise as `arrived`. */
  readonly changed: number;
  /** When Sluice read the change. */
  readonly arrived: number;
  readonly trace?: Trace | undefined;
}

export function arrivedAt(time: number, trace?: Trace): Origin {
  return { changed: time, arrived: time, trace };
}

/** Returns the origin of both. `before` arrived first. */
export function joined(before: Origin | undefined, after: Origin): Origin {
  if (before === undefined) return after;
  const isOldest = before.changed <= after.changed;
  if (isOldest && (before.trace !== undefined || after.trace === undefined)) return before;
  return {
    changed: Math.min(before.changed, after.changed),
    arrived: before.arrived,
    trace: before.trace ?? after.trace,
  };
}
