import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when the figure is stable, the only sign that nothing more happens. */
export async function quiet(figureOf: () => Promise<number>): Promise<number> {
  let now = await figureOf();
  for (let last = -1; now !== last;) {
    last = now;
    await pause(stillMs);
    now = await figureOf();
  }
  return now;
}

const stillMs = 3000;
