import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { StatusFault, StatusWritten } from '../kinds/observed-status.ts';
import type { StatusPatch } from './status-patch.ts';

export interface StatusWriterOptions {
  readonly writesPerSecond: number;
  /** Writes under way at the same time. */
  readonly parallel: number;
  /** Between two writes of one object. */
  readonly objectIntervalMs: number;
}

/** The status that an object should have. */
export type WantedStatus =
  /** JSON, which is parsed only where it is not what was written last. */
  | { readonly kind: 'status'; readonly text: string }
  /** It is not ours: what we may have written before is to go. */
  | { readonly kind: 'none' }
  /** It is not translated yet, and nothing is to be written. */
  | { readonly kind: 'unknown' };

export interface StatusLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Waits between attempts; see `BackOff` of `kube`. */
export interface StatusBackOff {
  nextMs(askedMs?: number): number;
}

/** Collaborators and callbacks of a StatusWriter. */
export interface StatusWriterPorts {
  readonly log: StatusLog;
  readonly clock: Clock;
  readonly controllerName: () => string;
  readonly wanted: (object: ResourceKey) => WantedStatus;
  /** Never rejects; an abort is a failed write. */
  readonly write: (object: ResourceKey, patch: StatusPatch, signal: AbortSignal) => Promise<StatusWritten>;
  /** `slow`: for what will only end when somebody changes something. */
  readonly backOff: (pace: 'fast' | 'slow') => StatusBackOff;
  /** Durations in milliseconds; `lagMs` is since the status was first known to differ. */
  readonly onWritten?: (
    kind: string,
    result: 'written' | StatusFault,
    writeMs: number,
    lagMs: number,
  ) => void;
  /** How many objects wait to be looked at or written, or are being written. */
  readonly onBacklog?: (objects: number) => void;
}
