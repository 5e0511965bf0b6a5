import type { Duration } from '../../../proto/gen/google/protobuf/duration.ts';

/** Limits a duration to what Envoy accepts: it counts nanoseconds in 64 bits and rejects a whole resource for more. */
export function duration(milliseconds: number): Duration {
  const bounded = Math.min(milliseconds, maxMs);
  const seconds = Math.floor(bounded / 1000);
  return { seconds, nanos: (bounded - seconds * 1000) * 1_000_000 };
}

/** 285 years. */
const maxMs = 9_000_000_000_000;
