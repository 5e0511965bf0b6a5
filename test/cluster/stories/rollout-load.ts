import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../../soak/load.ts';

/** One second of the load. */
export interface LoadSecond {
  readonly sent: number;
  /** Answers of that second that were not 200, or that did not come. */
  readonly failed: number;
}

export interface LoadResult {
  readonly sent: number;
  readonly failed: number;
  /** What failed, by what it was. */
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
    let [sent, failed] = [0, 0];
    const tick = (): void => {
      done.push({ sent: load.sent - sent, failed: load.failed - failed });
      [sent, failed] = [load.sent, load.failed];
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
