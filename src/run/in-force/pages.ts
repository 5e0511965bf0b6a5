import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ResourceKey } from '../../lib/key.ts';
import { rulesOf, typeUrl, type TypeUrl } from '../../publish/type-table.ts';
import type { Controller } from '../controller.ts';
import { resourceJson } from '../resource-json.ts';
import { hostInForce } from './host.ts';
import { listeningGateways } from './listening.ts';
import { objectInForce } from './object.ts';
import { placesInForce } from './places.ts';
import { proxiesOf } from './proxies.ts';
import { routesFor } from './routes-for.ts';
import { sentResources } from './sent.ts';

/** Answers a query item by item: each is made when it is asked for, in a turn of its own. */
export type Page = (query: URLSearchParams) => Iterable<unknown>;

/**
 * Pages of what is in force, by name; `explain/asked.ts` reads them. Each decodes what it is asked for, and changes nothing.
 * `config`: returns the config in force, which names files and Secrets and holds no secret; undefined: of no process.
 */
export function inForcePages(
  controller: Controller,
  clock: Clock,
  config?: () => Config,
): ReadonlyMap<string, Page> {
  return new Map<string, Page>([
    ['config', () => (config === undefined ? [] : [config()])],
    ['listening', (query) => listeningGateways(controller, query.get('port') ?? '', query.get('host') ?? '')],
    ['resources', (query) => resources(controller, query)],
    [
      'host',
      (query) => {
        const view = controller.view(query.get('gateway') ?? '');
        return view === undefined
          ? []
          : hostInForce(controller, view, query.get('table') ?? '', query.get('host') ?? '');
      },
    ],
    [
      'object',
      (query) => query.getAll('name').flatMap((name) => objectInForce(controller, name as ResourceKey) ?? []),
    ],
    ['routes', (query) => routesFor(controller, query.get('gateway') ?? '', query.get('host') ?? '')],
    [
      'sent',
      (query) =>
        sentResources(
          controller,
          {
            type: query.get('type') ?? '',
            gateway: query.get('gateway') ?? undefined,
            names: query.getAll('name'),
            decoded: query.has('decoded'),
          },
          clock,
        ),
    ],
    ['places', (query) => placesInForce(controller, (query.get('name') ?? '') as ResourceKey)],
    [
      'proxies',
      (query) =>
        proxiesOf(
          controller.fleet.connected(),
          query.get('gateway') ?? '',
          query.getAll('resource').map((text) => ({
            type: text.slice(0, text.indexOf('/')),
            name: text.slice(text.indexOf('/') + 1),
          })),
          clock,
        ),
    ],
  ]);
}

/** Yields the named resources of a type that explanations read: no secrets, and no filters with code. */
function* resources(controller: Controller, query: URLSearchParams): Generator {
  const view = controller.view(query.get('gateway') ?? '');
  const type = shown.find((url) => rulesOf(url).plural === query.get('type'));
  if (view === undefined || type === undefined) return;
  for (const name of query.getAll('name')) {
    const resource = view.get(type, name);
    if (resource !== undefined) yield resourceJson(resource);
  }
}

const shown: readonly TypeUrl[] = [typeUrl.listener, typeUrl.route, typeUrl.cluster, typeUrl.endpoint];
