import type { Clock } from '../../lib/clock.ts';
import { messageName } from '../../publish/type-table.ts';
import type { Fleet } from '../../xds/fleet.ts';
import type { Behind, ProxyState } from '../../xds/proxy-state.ts';
import { behindText } from '../proxy-json.ts';
import type { ProxyPage, ProxyRow } from './shapes.ts';

const pageSize = 25;
const mostLacks = 10;

/** Lists a page of proxies: O(proxies), and of 25 of them what they lack. */
export function proxyPage(fleet: Fleet, clock: Clock, query: URLSearchParams): ProxyPage {
  const [text, from] = [query.get('text') ?? '', Number(query.get('from') ?? 0)];
  const isLacking = query.has('lacking');
  const proxies: ProxyRow[] = [];
  let position = 0;
  for (const proxy of fleet.connected()) {
    if (position++ < from || !`${proxy.fleet} ${proxy.id}`.includes(text)) continue;
    const lacks = [...lacksOf(proxy).take(mostLacks + 1)];
    if (isLacking && lacks.length === 0) continue;
    if (proxies.length === pageSize) return { proxies, from: position - 1 };
    proxies.push(rowOf(proxy, lacks, clock.now()));
  }
  return { proxies };
}

function* lacksOf({ types }: ProxyState): Generator<readonly [type: string, lack: Behind]> {
  for (const state of types) for (const lack of state.behind()) yield [messageName(state.type), lack];
}

function rowOf(
  { id, fleet, version, connectedAt, served }: ProxyState,
  lacks: readonly (readonly [type: string, lack: Behind])[],
  now: number,
): ProxyRow {
  return {
    proxy: id,
    gateway: fleet,
    ...(version === undefined ? {} : { envoy: version }),
    connectedForMs: Math.round(now - connectedAt),
    served,
    lacks: lacks.slice(0, mostLacks).map(([type, { name, since, reason }]) => ({
      type,
      name,
      forMs: Math.round(now - since),
      why: behindText(reason),
      ...('message' in reason ? { message: reason.message } : {}),
    })),
    isCut: lacks.length > mostLacks,
  };
}
