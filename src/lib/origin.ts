/** Where a publication comes from: the oldest change in it. Times are on the clock's scale. */
export interface Origin {
  /** When somebody made the change, where the object says it; otherwise as `arrived`. */
  readonly changed: number;
  /** When Sluice read the change. */
  readonly arrived: number;
}

export function arrivedAt(time: number): Origin {
  return { changed: time, arrived: time };
}

/** Returns the origin of both. `before` arrived first. */
export function joined(before: Origin | undefined, after: Origin): Origin {
  if (before === undefined) return after;
  return before.changed <= after.changed ? before : { changed: after.changed, arrived: before.arrived };
}
