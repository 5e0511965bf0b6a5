import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import type { ObjectFault } from '../kinds/owned-object.ts';
import type { Clock } from '../lib/clock.ts';
import type { GatewayObjects, ObjectsFailure } from './gateway-objects.ts';

/** Waits between attempts; see `BackOff`. */
export interface BackOff {
  nextMs(askedMs?: number): number;
}

/** A repair after so long without one starts a new series, whose pauses grow: two controllers may disagree without end. */
const contentionMs = 60_000;

/** State of one Gateway whose proxies Sluice runs. */
export interface KeptGateway {
  infrastructure: Infrastructure;
  readonly objects: GatewayObjects;
  notBeforeMs: number;
  /** In the last run. */
  hasDrifted: boolean;
  /** `onProblem` was called with one since the objects were last as they should be. */
  hasProblem: boolean;
  /** The series of repairs under way. */
  contention: { atMs: number; readonly backOff: BackOff } | undefined;
  /** Set while runs fail. */
  failing: Failing | undefined;
}

interface Failing {
  readonly pace: 'fast' | 'slow';
  readonly backOff: BackOff;
  /** The problem that was logged last. */
  logged: string;
}

/** A run that did not bring the objects up. */
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

/** Lets the pauses between repairs grow while others keep changing the objects. */
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
