import type { UnitName } from '../lib/key.ts';

export interface SlowUnit {
  readonly unit: UnitName;
  /** Time of its slowest translation of the last minute. */
  readonly ms: number;
  readonly agoMs: number;
}
