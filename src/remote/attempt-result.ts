/** Outcome of an attempt that brought nothing. Its message is one line of bounded length, without secrets. */
export type Failure = Denied | Unreachable;

export interface Denied {
  readonly kind: 'denied';
  readonly reason: DeniedReason;
  readonly message: string;
}

export interface Unreachable {
  readonly kind: 'unreachable';
  readonly reason: UnreachableReason;
  readonly message: string;
  readonly retryAfterMs: number;
}

/** Reasons that a retry alone does not solve. */
export type DeniedReason =
  /** The source or a redirect leads to a place that is not allowed. */
  | 'place'
  | 'unauthorized'
  | 'absent'
  | 'refused'
  | 'digest'
  | 'content'
  /** Larger than allowed, or far larger than it looked. */
  | 'size';

/** Reasons that a retry may solve. */
export type UnreachableReason = 'network' | 'tls' | 'timeout' | 'busy' | 'server' | 'bug';
