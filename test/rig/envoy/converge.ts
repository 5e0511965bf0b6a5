import { setTimeout as pause } from 'node:timers/promises';

/** Asks until `check` neither throws nor gives `false`; past the deadline, throws its last error. */
export async function converge<T>(
  check: () => T | Promise<T>,
  deadlineMs = 45_000,
): Promise<Exclude<T, false>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      const value = await check();
      if (value !== false) return value as Exclude<T, false>;
      if (performance.now() >= end) throw new Error(`not so within ${deadlineMs} ms: ${check.toString()}`);
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await pause(askEveryMs);
  }
}

const askEveryMs = 5;
