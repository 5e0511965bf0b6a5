import {
  noHeaderChange,
  unchanged,
  type RouteEntryIR,
  type RouteFragmentIR,
  type RouteIR,
  type RouteTableIR,
} from '../ir.ts';
import type { ListenerState } from '../../kinds/derived/effective-listeners.ts';
import { filteredListenerName } from '../../units/internal-listener-name.ts';
import { isFiltered, listenerFilters, type ListenerFilters } from '../listeners/listener-filters.ts';
import { isServed } from '../listeners/listener.ts';
import { carriesHttp } from '../listeners/protocol.ts';
import {
  routesTable,
  routeTableName,
  type OurGateway,
  type TablesOwner,
  type WholeGateway,
} from '../attach/ownership.ts';
import type { ResourceKey } from '../../lib/key.ts';
import { backendPlace, type BackendPlace } from '../backends/backend-ref.ts';
import type { Referrer } from '../backends/reference-grant.ts';
import { notingAbsent, type Reader } from '../reader.ts';

type FiltersOf = (state: ListenerState) => ListenerFilters;

interface Domains {
  readonly fragments: readonly RouteFragmentIR[];
  /** Missing rows that the filters ask for, by the name of their rule; empty without filters. */
  readonly absent: ReadonlyMap<string, ReadonlySet<ResourceKey>>;
}

/** Makes domains of an object's listeners: `from` refers to the servers of their filters. */
export function domainsOf(
  all: Reader,
  gateway: OurGateway,
  from: Referrer,
  make: (filtersOf: FiltersOf) => readonly RouteFragmentIR[],
): Domains {
  const missing = new Set<ResourceKey>();
  const reader = notingAbsent(all, missing);
  let place: BackendPlace | undefined;
  let isOfFilters = false;
  const fragments = make(({ listener }) => {
    isOfFilters = true;
    place ??= backendPlace(reader, gateway);
    return listenerFilters(reader, { ...place, ...from }, listener);
  });
  return { fragments, absent: new Map(isOfFilters ? [[filterRule, missing]] : []) };
}

/**
 * Makes domains that exist without any route. A listener's own one: a wildcard of another listener would take its
 * requests. Those that another listener serves answer with 421, which tells an HTTP/2 client to open another connection:
 * https://gateway-api.sigs.k8s.io/geps/gep-3567/
 */
export function gatewayDomains(
  gateway: WholeGateway,
  tables: readonly Pick<RouteTableIR, 'name' | 'elsewhere'>[],
  filtersOf: FiltersOf,
): RouteFragmentIR[] {
  return [
    ...ownDomains(gateway, gateway.listeners, filtersOf),
    ...tables.flatMap(({ name, elsewhere }) =>
      elsewhere.map((domain) => ({ table: name, domain, entries: misdirected })),
    ),
  ];
}

/**
 * Makes the domains of an object's own listeners: of a Gateway, or of a ListenerSet. The domain of a listener with filters
 * runs them and sends what passes to another listener of the proxy, which has the routes: a filter may change what they
 * match, and Envoy would take the filters of a route from the first match (`translate/envoy/http-filters.ts`).
 */
export function ownDomains(
  gateway: TablesOwner,
  listeners: readonly ListenerState[],
  filtersOf: FiltersOf,
): RouteFragmentIR[] {
  return listeners
    .filter(isServed)
    .filter(carriesHttp)
    .flatMap((state) => {
      const domain = state.hostname;
      const table = routeTableName(gateway, state);
      if (!isFiltered(state)) return [{ table, domain, entries: [] }];
      const to = filteredListenerName(gateway.namespace, gateway.name, state.listener.port);
      return [
        { table, domain, entries: [filtered(filtersOf(state), to)] },
        { table: routesTable(gateway, { ...state, isFiltered: true }), domain, entries: [] },
      ];
    });
}

const anyRequest: RouteIR['match'] = {
  path: { kind: 'PathPrefix', value: '/' },
  method: undefined,
  headers: [],
  queryParams: [],
};

const everything: RouteIR = {
  name: 'misdirected',
  match: anyRequest,
  ...unchanged,
  action: { kind: 'respond', status: 421 },
};

/** Stands behind every entry of a route, whose order begins with a digit. */
const misdirected: readonly RouteEntryIR[] = [{ order: '~ ~ misdirected', rule: '', routes: [everything] }];

const filterRule = 'filters';

function filtered({ auths, problems }: ListenerFilters, to: string): RouteEntryIR {
  const action: RouteIR['action'] = problems.length > 0 ? { kind: 'respond', status: 500 } : forwardTo(to);
  const route: RouteIR = { name: 'filters', match: anyRequest, ...unchanged, auths, action };
  return { order: '~ ~ filters', rule: filterRule, routes: [route] };
}

/** Routes behind the filters have the timeouts. */
function forwardTo(cluster: string): RouteIR['action'] {
  const headers = { requestHeaders: noHeaderChange, responseHeaders: noHeaderChange };
  return {
    kind: 'forward',
    backends: [{ cluster, weight: 1, ...headers }],
    mirrors: [],
    hostRewrite: undefined,
    pathRewrite: undefined,
    timeouts: { requestMs: 0, backendRequestMs: undefined },
    retry: undefined,
    failureStatus: 503,
  };
}
