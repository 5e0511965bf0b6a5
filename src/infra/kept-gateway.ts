import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import type { ObjectFault } from '../kinds/owned-object.ts';
import type { Clock } from '../lib/clock.ts';
import type { GatewayObjects, ObjectsFailure } from './gateway-objects.ts';

export interface BackOff {
  nextMs(askedMs?: number): number;
}

/** Repairs less than this apart make pauses grow: two controllers may overwrite each other without end. */
const contentionMs = 60_000;

export interface KeptGateway {
  infrastructure: Infrastructure;
  readonly objects: GatewayObjects;
  notBeforeMs: number;
  /** True when the last run repaired an object. */
  hasDrifted: boolean;
  /** True from a problem given to `onProblem` until the next success. */
  hasProblem: boolean;
  contention: { atMs: number; readonly backOff: BackOff } | undefined;
  failing: Failing | undefined;
}

interface Failing {
  readonly pace: 'fast' | 'slow';
  readonly backOff: BackOff;
  logged: string;
}

export interface Failure extends Omit<ObjectsFailure, 'object' | 'reason'> {
  readonly object?: ObjectsFailure['object'];
  readonly reason: ObjectFault | 'bug';
}

export const noAnswer: Failure = {
  reason: 'unavailable',
  message: 'the API server does not answer in time',
  retryAfterMs: 0,
};

export const notYet: Failure = {
  reason: 'unavailable',
  message: 'the certificates of the xDS channel are not there yet',
  retryAfterMs: 0,
};

/** Makes pauses grow while another writer keeps changing the objects. */
export function slowDown(
  wanted: KeptGateway,
  { clock, backOff }: { readonly clock: Clock; readonly backOff: (pace: 'fast' | 'slow') => BackOff },
): void {
  const nowMs = clock.now();
  if (wanted.contention === undefined || nowMs - wanted.contention.atMs > contentionMs)
    wanted.contention = { atMs: nowMs, backOff: backOff('slow') };
  else wanted.notBeforeMs = Math.max(wanted.notBeforeMs, nowMs + wanted.contention.backOff.nextMs());
  wanted.contention.atMs = nowMs;
}
