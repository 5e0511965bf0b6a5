import type { Clock } from '../lib/clock.ts';
import { Fault } from './fault.ts';

/** To be called at every sign of life; the next must come within `limitMs`. */
export type Heard = (limitMs: number) => void;

/**
 * Runs `work`, which must end when its signal aborts. That is when `closing` aborts, and when nothing was heard for too
 * long: at first `limitMs`, then as it is said at each sign of life. The reason of the abort is what is thrown.
 *
 * The signal aborts at the end of the work too, so that an answer which was not read to its end is let go.
 */
export async function underWatchdog<T>(
  clock: Clock,
  closing: AbortSignal,
  limitMs: number,
  work: (signal: AbortSignal, heard: Heard) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const onClosing = (): void => own.abort(closing.reason);
  closing.addEventListener('abort', onClosing, { once: true });
  if (closing.aborted) onClosing();
  let heardMs = clock.now();
  let allowedMs = limitMs;
  let cancel = nothing;
  // One timer for many signs of life: each only moves the time at which it gives up.
  const look = (): void => {
    const leftMs = heardMs + allowedMs - clock.now();
    if (leftMs > 0) cancel = clock.after(leftMs, look);
    else own.abort(new Fault('silent', `nothing came from the API server for ${allowedMs / 1000} s`));
  };
  const heard: Heard = (nextMs) => {
    heardMs = clock.now();
    if (nextMs < allowedMs) {
      cancel();
      cancel = clock.after(nextMs, look);
    }
    allowedMs = nextMs;
  };
  cancel = clock.after(limitMs, look);
  try {
    return await work(own.signal, heard);
  } catch (error) {
    // Libraries wrap the reason of an abort in errors of their own.
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    cancel();
    closing.removeEventListener('abort', onClosing);
    own.abort(new Fault('closed', 'the answer is not wanted any more'));
  }
}

function nothing(): void {}
