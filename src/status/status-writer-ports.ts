import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { StatusFault, StatusWritten } from '../kinds/observed-status.ts';
import type { StatusPatch } from './status-patch.ts';

export interface StatusWriterOptions {
  readonly writesPerSecond: number;
  readonly parallel: number;
  /** Time between two writes of one object. */
  readonly objectIntervalMs: number;
}

export type WantedStatus =
  /** JSON, parsed only where it differs from the last written text. */
  | { readonly kind: 'status'; readonly text: string }
  /** Sluice does not serve it: entries that it may have written are removed. */
  | { readonly kind: 'none' }
  /** Not translated yet: nothing is written. */
  | { readonly kind: 'unknown' };

export interface StatusLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface StatusBackOff {
  nextMs(askedMs?: number): number;
}

export interface StatusWriterPorts {
  readonly log: StatusLog;
  readonly clock: Clock;
  readonly controllerName: () => string;
  readonly wanted: (object: ResourceKey) => WantedStatus;
  readonly write: (object: ResourceKey, patch: StatusPatch, signal: AbortSignal) => Promise<StatusWritten>;
  /** `slow`: for faults that last until a person changes something. */
  readonly backOff: (pace: 'fast' | 'slow') => StatusBackOff;
  /** Durations in milliseconds; `lagMs` counts from when the status was first known to differ. */
  readonly onWritten?: (
    kind: string,
    result: 'written' | StatusFault,
    writeMs: number,
    lagMs: number,
  ) => void;
  /** Called with the number of objects that are to be compared or written. */
  readonly onBacklog?: (objects: number) => void;
}
