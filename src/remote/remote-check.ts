import type { CircuitBreaker } from './circuit-breaker.ts';

/** A check of something at a server, repeated for as long as an object asks for it. */
export interface RemoteCheck<C> {
  readonly namespace: string;
  /** Undefined when the source names no place. */
  readonly server: ServerState<C> | undefined;
  readonly backOff: BackOff;
  /** Time when it was last confirmed, in the clock's milliseconds. */
  confirmedAtMs: number | undefined;
  /** Date in milliseconds; undefined while it is due or under way. */
  nextAttemptMs: number | undefined;
  cancel: (() => void) | undefined;
  isRunning: boolean;
}

/** State of a server for one namespace. */
export interface ServerState<C> {
  /** With a port when the source has one. */
  readonly host: string;
  readonly namespace: string;
  readonly breaker: CircuitBreaker;
  checks: number;
  /** Checks that wait for the breaker to close, oldest first. */
  readonly waiting: Set<C>;
  /** Reason of the last check without an answer, in one line. */
  failure: string;
  cancelProbe: (() => void) | undefined;
}

export interface BackOff {
  nextMs(askedMs?: number): number;
  reset(): void;
}
