import type { ProxyHas, ResourceId } from '../../explain/in-force.ts';
import { rulesOf } from '../../publish/type-table.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ProxyState } from '../../xds/proxy-state.ts';
import { behindText } from '../proxy-json.ts';

/** Yields the connected proxies of a Gateway, with the resources among the asked ones that each lacks. */
export function* proxiesOf(
  connected: Iterable<ProxyState>,
  gateway: string,
  asked: readonly ResourceId[],
  clock: Clock,
): Generator<ProxyHas> {
  const wanted = new Set(asked.map(({ type, name }) => `${type}/${name}`));
  for (const { id, fleet, types } of connected) {
    if (fleet !== gateway) continue;
    const now = clock.now();
    const lacks = types.flatMap((state) => {
      const { plural } = rulesOf(state.type);
      return [...state.behind()]
        .filter(({ name }) => wanted.has(`${plural}/${name}`))
        .map(({ name, since, reason }) => ({
          type: plural,
          name,
          forMs: Math.round(now - since),
          why: behindText(reason),
          ...('message' in reason ? { message: reason.message } : {}),
        }));
    });
    yield { proxy: id, lacks };
  }
}
