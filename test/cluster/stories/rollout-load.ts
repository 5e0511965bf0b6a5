import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../../rig/load/load.ts';

export interface LoadSecond {
  readonly sent: number;
  readonly good: number;
  /** Other answers, and timeouts, in that second. */
  readonly failed: number;
}

export interface LoadResult {
  readonly sent: number;
  readonly failed: number;
  readonly failures: ReadonlyMap<string, number>;
  readonly seconds: readonly LoadSecond[];
}

interface LoadOptions {
  readonly address: string;
  readonly host: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Open loop from a process of its own. `onSecond` is called at the end of each second. */
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
    // The last requests may take until their timeout.
    await load.stop();
    tick();
    return { sent: load.sent, failed: load.failed, failures: load.failures, seconds: done };
  } finally {
    await load.close();
  }
}
