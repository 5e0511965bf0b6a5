import type { Clock } from '../lib/clock.ts';
import { Fault } from './fault.ts';

/** Call at each sign of life; the next must come within `limitMs`. */
export type Extend = (limitMs: number) => void;

/**
 * Runs `work`, which must end when its signal aborts: when `closing` aborts, or after a silence longer than `limitMs`,
 * which each sign of life sets again. Throws the reason of the abort.
 * The signal aborts at the end of the work too, which frees the connection of an answer that was not read to its end.
 */
export async function underWatchdog<T>(
  clock: Clock,
  closing: AbortSignal,
  limitMs: number,
  work: (signal: AbortSignal, extend: Extend) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const onClosing = (): void => own.abort(closing.reason);
  closing.addEventListener('abort', onClosing, { once: true });
  if (closing.aborted) onClosing();
  let lastSignMs = clock.now();
  let allowedMs = limitMs;
  let cancel = nothing;
  // One timer for many signs of life: each only moves the deadline.
  const look = (): void => {
    const leftMs = lastSignMs + allowedMs - clock.now();
    if (leftMs > 0) cancel = clock.after(leftMs, look);
    else own.abort(new Fault('silent', `nothing came from the API server for ${allowedMs / 1000} s`));
  };
  const extend: Extend = (nextMs) => {
    lastSignMs = clock.now();
    if (nextMs < allowedMs) {
      cancel();
      cancel = clock.after(nextMs, look);
    }
    allowedMs = nextMs;
  };
  cancel = clock.after(limitMs, look);
  try {
    return await work(own.signal, extend);
  } catch (error) {
    // Libraries wrap the reason of an abort in errors of their own.
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    cancel();
    closing.removeEventListener('abort', onClosing);
    own.abort(new Fault('closed', 'the answer is no longer wanted'));
  }
}

function nothing(): void {}
