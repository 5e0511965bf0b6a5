import type { Duration } from '../../../proto/gen/google/protobuf/duration.ts';

export function duration(milliseconds: number): Duration {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}
