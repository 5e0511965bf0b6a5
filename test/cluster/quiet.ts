import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when the figure has stayed the same for some looks, the only sign that nothing more happens. */
export async function quiet(figureOf: () => Promise<number>): Promise<number> {
  let now = await figureOf();
  for (let same = 0; same < looks;) {
    await pause(everyMs);
    const next = await figureOf();
    same = next === now ? same + 1 : 0;
    now = next;
  }
  return now;
}

/** Together longer than a busy machine leaves a change undone. */
const looks = 4;
const everyMs = 2000;
