import { setTimeout as pause } from 'node:timers/promises';

/** A figure once it has not changed for a while: nothing tells that something will not happen. */
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
