import { isSharded, shardOf } from '../units/route-shard.ts';
import type { GatewayAnswer, ListenerAnswer, RequestExplanation } from './answer.ts';
import type { ConnectionManagerJson, FilterChainJson, ListenerJson } from './envoy-json.ts';
import { explainRoute, percentOf, placeOf } from './explain-route.ts';
import { certificatesOf, findChain } from './find-chain.ts';
import { findRoute, type FoundRoute } from './find-route.ts';
import type { InForce, ListeningGateway, ResourceId } from './in-force.ts';
import { queryOf, type Seen } from './match-route.ts';
import { reasonsFor } from './reasons.ts';
import { seenPath, type Request } from './request.ts';

/** Gateways of a port beyond these are not explained: in a cluster each has an address of its own. */
const maxGateways = 5;

/** Says which answer a request gets, by what is in force. `only`: the Gateway as `namespace/name`. */
export async function explainRequest(
  inForce: InForce,
  url: string,
  request: Request,
  only: string | undefined,
): Promise<RequestExplanation> {
  const { method } = request;
  const all = await inForce.listening(request.port, request.host);
  const asked = only === undefined ? all : all.filter(({ gateway }) => gateway === only);
  const withHost = asked.filter(({ hasHost }) => hasHost);
  const chosen = withHost.length > 0 ? withHost : asked;
  if (chosen.length === 0) {
    const who = only === undefined ? 'no Gateway has' : `Gateway ${only} has no`;
    const answer = `no connection: ${who} ${only === undefined ? 'a ' : ''}served listener on port ${request.port}`;
    return { url, method, answer, gateways: [] };
  }
  const gateways: GatewayAnswer[] = [];
  for (const listening of chosen.slice(0, maxGateways))
    gateways.push(await explainAt(inForce, listening, request));
  const [first] = gateways;
  const others =
    chosen.length === 1
      ? ''
      : ` (one of ${chosen.length} Gateways on port ${request.port}; choose by --gateway)`;
  return { url, method, answer: `${first?.answer ?? ''}${others}`, gateways };
}

async function explainAt(
  inForce: InForce,
  { gateway, listener: name }: ListeningGateway,
  request: Request,
): Promise<GatewayAnswer> {
  const [listener] = await inForce.listeners(gateway, [name]);
  const nothing = { gateway, status: undefined, domain: undefined, routes: [], nearMisses: [], looked: 0 };
  const end = async (
    answer: string,
    of: ListenerAnswer,
    more: Partial<GatewayAnswer> & { readonly resources?: readonly ResourceId[] } = {},
  ): Promise<GatewayAnswer> => {
    const { resources = [], ...rest } = more;
    const proxies = await inForce.proxies(gateway, [{ type: 'listeners', name }, ...resources]);
    return { ...nothing, answer, listener: of, why: [], proxies, ...rest };
  };
  if (listener === undefined)
    return end('no connection: the listener has just been removed', noListener(request));
  const chain = findChain(listener, request);
  if (chain.kind === 'none') return end(`no connection: ${chain.why}`, noListener(request));
  const of = listenerAnswer(listener, chain.chain, request, chain.kind === 'bytes');
  if (chain.kind === 'bytes')
    return end(`${chain.chain.name} passes bytes on: Envoy does not read the request`, of);
  const early = answeredEarly(chain.manager, request);
  if (early !== undefined) return end(`${early.status}: ${early.why}`, of, { status: early.status });
  const seen = seenBy(chain.manager, request);
  const table = tableOf(chain.manager, request);
  if (table === undefined) {
    const why = await reasonsFor(inForce, { gateway, route: undefined, policies: [] });
    return end('500: a policy of the listener is wrong, so that all of it is closed', of, {
      status: 500,
      why,
    });
  }
  const found = await findRoute(inForce, gateway, table, seen);
  return answerOf(inForce, gateway, found, request, of, end);
}

async function answerOf(
  inForce: InForce,
  gateway: string,
  route: FoundRoute,
  request: Request,
  of: ListenerAnswer,
  end: (
    answer: string,
    of: ListenerAnswer,
    more?: Partial<GatewayAnswer> & { resources?: ResourceId[] },
  ) => Promise<GatewayAnswer>,
): Promise<GatewayAnswer> {
  const tableResource = { type: 'routes', name: route.table };
  const missing = async (): Promise<readonly string[]> => unservedRoutes(inForce, gateway, request.host);
  if (route.kind === 'no-table')
    return end(`404: Envoy waits for the routes of ${route.table}`, of, {
      status: 404,
      resources: [tableResource],
    });
  if (route.kind === 'rest')
    return end(`${route.status}: the connection is not of a listener for ${request.host}`, of, {
      status: route.status,
      why: await missing(),
      resources: [tableResource],
    });
  if (route.kind === 'no-host')
    return end(
      `404: no route of Gateway ${gateway} has a hostname for ${request.host} on this listener`,
      of,
      {
        status: 404,
        why: await missing(),
        resources: [tableResource],
      },
    );
  const { host, found } = route;
  const nearMisses = found.nearMisses.map(({ entry, misses }) => ({
    route: entry.route,
    place: placeOf(entry),
    misses,
  }));
  const { domain } = host;
  const routes = await Promise.all(found.taken.map((taken) => explainRoute(inForce, gateway, taken)));
  const clusters = routes.flatMap(({ backends, mirrors }) => [
    ...backends.flatMap(({ cluster }) => cluster ?? []),
    ...mirrors,
  ]);
  const resources = [host.resource, ...clusters.map((name) => ({ type: 'clusters', name }))];
  const common = { domain, routes, nearMisses, looked: found.looked, resources };
  const [first] = routes;
  if (first === undefined) {
    const hasRoute = host.entries.some((entry) => entry.route !== undefined);
    const text = hasRoute
      ? `404: no route with the hostname ${domain} matches ${request.method} ${request.target}`
      : `404: no route of Gateway ${gateway} has a hostname for ${request.host} on this listener`;
    return end(text, of, { ...common, status: 404, why: await missing() });
  }
  const text = routes
    .map(({ route: by, place, action, share }) => {
      const who = by === undefined ? 'Sluice' : `${by} ${place}`;
      return `${who}${routes.length > 1 ? ` (${percentOf(share)})` : ''} ${action}`;
    })
    .join('; ');
  const why: string[] = [];
  for (const one of routes)
    if (one.route !== undefined)
      why.push(...(await reasonsFor(inForce, { gateway, route: one.route, policies: one.policies })));
  const isSure = routes.length === 1;
  return end(text, of, { ...common, status: isSure ? first.status : undefined, why: [...new Set(why)] });
}

/** Says why routes that name the Gateway and cover the host are not served, or not as they are written. */
async function unservedRoutes(inForce: InForce, gateway: string, host: string): Promise<string[]> {
  const routes = await inForce.routesFor(gateway, host);
  const found: string[] = [];
  for (const { kind, namespace, name } of routes.slice(0, maxUnserved)) {
    const route = `${kind}/${namespace}/${name}`;
    found.push(...(await reasonsFor(inForce, { gateway: undefined, route, policies: [] })));
  }
  if (routes.length > maxUnserved) found.push(`${routes.length - maxUnserved} more routes cover the host`);
  return found.length > 0 || routes.length > 0
    ? found
    : [`no HTTPRoute or GRPCRoute that names Gateway ${gateway} covers the host ${host}`];
}

const maxUnserved = 10;

function seenBy(manager: ConnectionManagerJson, request: Request): Seen {
  const seen = seenPath(request, manager);
  const { path, query } = seen.kind === 'path' ? seen : { path: '/', query: '' };
  return { request, path, query: queryOf(query) };
}

function answeredEarly(
  manager: ConnectionManagerJson,
  request: Request,
): { readonly status: number; readonly why: string } | undefined {
  const bad = [...request.headers.keys()].find((name) => name.includes('_'));
  if (
    bad !== undefined &&
    manager.commonHttpProtocolOptions?.headersWithUnderscoresAction === 'REJECT_REQUEST'
  )
    return { status: 400, why: `Envoy takes no header with an underscore, such as ${bad}` };
  const seen = seenPath(request, manager);
  return seen.kind === 'answered' ? seen : undefined;
}

/** Undefined: the listener is closed. */
function tableOf({ rds, scopedRoutes }: ConnectionManagerJson, { host }: Request): string | undefined {
  if (rds !== undefined) return rds.routeConfigName;
  const table = scopedRoutes?.name;
  return table !== undefined && isSharded(table) ? `${table}${shardOf(host)}` : undefined;
}

function listenerAnswer(
  { address }: ListenerJson,
  chain: FilterChainJson,
  { port, isTls }: Request,
  isBytes: boolean,
): ListenerAnswer {
  const bound = address?.socketAddress?.portValue;
  return {
    port,
    protocol: isBytes ? 'bytes' : isTls ? 'HTTPS' : 'HTTP',
    chain: chain.name,
    boundPort: bound === port ? undefined : bound,
    names: chain.filterChainMatch?.serverNames ?? [],
    certificates: certificatesOf(chain),
  };
}

function noListener({ port }: Request): ListenerAnswer {
  return { port, protocol: 'none', chain: undefined, boundPort: undefined, names: [], certificates: [] };
}
