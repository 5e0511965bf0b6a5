import type { Ask } from '../../explain/asked.ts';
import type { ReadManifests } from '../../file/read-manifests.ts';
import { must } from '../../lib/assert.ts';
import { systemClock } from '../../lib/clock.ts';
import { fileConfig, withOffline } from '../offline.ts';
import { standaloneTranslate } from '../standalone-translate.ts';
import { inForcePages } from './pages.ts';

/**
 * Translates manifests as `sluice standalone` does, and calls `use` with a function that asks for what they come to; resolves
 * to `late` after two minutes.
 */
export async function askOffline<T>(
  { changes }: Pick<ReadManifests, 'changes'>,
  use: (ask: Ask) => Promise<T>,
): Promise<T | 'late'> {
  const found = await withOffline(changes, fileConfig(standaloneTranslate), async (controller) => {
    const pages = inForcePages(controller, systemClock);
    const ask: Ask = async (page, query) => [
      ...must(pages.get(page), page)(new URLSearchParams(query.map(([name, value]) => [name, value]))),
    ];
    return { value: await use(ask) };
  });
  return found === undefined ? 'late' : found.value;
}
