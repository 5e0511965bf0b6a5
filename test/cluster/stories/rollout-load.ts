import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../../rig/load/load.ts';

/** One second of the load. */
export interface LoadSecond {
  readonly sent: number;
  /** Answers that came in that second. */
  readonly good: number;
  /** Other answers, and requests that were given up in that second. */
  readonly failed: number;
}

export interface LoadResult {
  readonly sent: number;
  readonly failed: number;
  /** Holds what failed, by what it was. */
  readonly failures: ReadonlyMap<string, number>;
  readonly seconds: readonly LoadSecond[];
}

interface LoadOptions {
  readonly address: string;
  readonly host: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * Requests in open loop from a process of their own, so many a second for so many seconds. `onSecond` is called at the
 * end of each.
 */
export async function loadFor(
  { address, host, perSecond, seconds }: LoadOptions,
  onSecond: (second: number, load: Load) => void | Promise<void>,
): Promise<LoadResult> {
  const load = await Load.start();
  const done: LoadSecond[] = [];
  try {
    load.begin([{ address, port: 80, host, perSecond, maxRequests: perSecond * seconds }]);
    const startedAt = performance.now();
    let last: LoadSecond = { sent: 0, good: 0, failed: 0 };
    const tick = (): void => {
      const { sent, good, failed } = load;
      done.push({ sent: sent - last.sent, good: good - last.good, failed: failed - last.failed });
      last = { sent, good, failed };
    };
    for (let second = 1; second <= seconds; second++) {
      await pause(Math.max(0, startedAt + second * 1000 - performance.now()));
      tick();
      await onSecond(second, load);
    }
    // The last requests take as long as they take, until they time out.
    await load.stop();
    tick();
    return { sent: load.sent, failed: load.failed, failures: load.failures, seconds: done };
  } finally {
    await load.close();
  }
}
