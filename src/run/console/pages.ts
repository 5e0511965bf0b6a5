import type { ServerResponse } from 'node:http';
import type { ResourceKey, UnitName } from '../../lib/key.ts';
import type { CheckState } from '../../remote/check-state.ts';
import type { AdminPage } from '../admin.ts';
import { objectDetail, unitDetail } from './object-detail.ts';
import { objectList } from './object-list.ts';
import { pageFiles } from './page-files.ts';
import { proxyPage } from './proxies-page.ts';
import { tickOf, type TickSources } from './tick.ts';
import { Ticks } from './ticks.ts';

export interface ConsoleSources extends TickSources {
  /** Modules and documents that policies use. */
  readonly fetched: () => IteratorObject<CheckState>;
}

/** Rows of one answer. */
const mostFetched = 200;

/** Returns the pages of the console: its files, a stream of ticks, and what a view asks for when it is open. */
export function consolePages(sources: ConsoleSources): ReadonlyMap<string, AdminPage> {
  const { controller, metrics, clock, fetched } = sources;
  const ticks = new Ticks({
    clock,
    tick: () => tickOf(sources),
    onOpen: () => metrics.slowestUnits.watch(),
  });
  return new Map<string, AdminPage>([
    ...pageFiles(),
    ['/debug/console/ticks', (response) => ticks.open(response)],
    [
      '/debug/console/objects',
      async (response, query) => sendJson(response, await objectList(controller, query)),
    ],
    [
      '/debug/console/object',
      (response, query) =>
        sendJson(response, objectDetail(controller, (query.get('name') ?? '') as ResourceKey) ?? null),
    ],
    [
      '/debug/console/unit',
      (response, query) =>
        sendJson(response, unitDetail(controller, (query.get('name') ?? '') as UnitName) ?? null),
    ],
    [
      '/debug/console/proxies',
      (response, query) => sendJson(response, proxyPage(controller.fleet, clock, query)),
    ],
    ['/debug/console/fetched', (response) => sendJson(response, [...fetched().take(mostFetched)])],
  ]);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
