import { setTimeout as pause } from 'node:timers/promises';

/** Long, as dozens of Sluices share two cores; longer than any hang. */
const patienceMs = 120_000;

/** Many look at the same time, and each look costs. */
const lookEveryMs = 20;

export async function comes(check: () => boolean): Promise<boolean> {
  const end = performance.now() + patienceMs;
  while (!check()) {
    if (performance.now() > end) return false;
    await pause(lookEveryMs);
  }
  return true;
}
