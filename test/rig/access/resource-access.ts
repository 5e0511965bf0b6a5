import type { DeltaClient } from '../xds/delta-client.ts';
import { RequestInFilters, type FilterOnRouteJson, type SlotJson } from './resource-request.ts';
import type { Visitor } from './visitor.ts';

interface TableJson {
  readonly virtualHosts?: readonly HostJson[];
}

interface HostJson {
  readonly domains: readonly string[];
  readonly routes?: readonly RouteJson[];
  readonly typedPerFilterConfig?: object;
}

interface RouteJson {
  readonly match: { readonly prefix?: string; readonly pathSeparatedPrefix?: string };
  readonly directResponse?: { readonly status: number };
  readonly typedPerFilterConfig?: Readonly<Record<string, FilterOnRouteJson>>;
}

interface ListenerJson {
  readonly filterChains: readonly {
    readonly filters: readonly { readonly typedConfig: { readonly httpFilters?: readonly FilterJson[] } }[];
  }[];
}

interface FilterJson {
  readonly name: string;
  readonly disabled?: boolean;
}

/**
 * Evaluates the resources of a proxy that say who may come in, as Envoy's filters do. Throws on what it does not know, so
 * that nothing passes unseen.
 */
export class ResourceAccess {
  readonly #client: DeltaClient;
  readonly #routes = new Map<string, readonly RouteJson[]>();
  readonly #filters = new Map<number, readonly FilterJson[]>();
  readonly #slots = new Map<string, SlotJson>();

  constructor(client: DeltaClient, ports: readonly number[]) {
    this.#client = client;
    for (const port of ports) this.#read(port);
  }

  /** Returns 200, or the status with which the proxy refuses. */
  answer(host: string, port: number, visitor: Visitor): number {
    const routes = this.#routes.get(`${host}:${port}`) ?? [];
    const route = routes.find(({ match }) => isMatch(match, visitor.path));
    if (route === undefined) return 404;
    if (route.directResponse !== undefined) return route.directResponse.status;
    const { typedPerFilterConfig = {} } = route;
    const filters = this.#filters.get(port) ?? [];
    const isKnown = (name: string): boolean => filters.some((filter) => filter.name === name);
    const unknown = Object.keys(typedPerFilterConfig).filter((name) => !isKnown(name));
    if (unknown.length > 0) throw new Error(`the listener has no filter ${unknown.join(', ')}`);
    const request = new RequestInFilters(visitor, (slot) => this.#slot(slot));
    for (const { name } of filters) {
      const config = typedPerFilterConfig[name];
      const status = config === undefined ? undefined : request.pass(name, config);
      if (status !== undefined) return status;
    }
    return 200;
  }

  #read(port: number): void {
    const { virtualHosts = [] } = this.#client.routes(`default/web/${port}:*`) as unknown as TableJson;
    for (const { domains, routes = [], typedPerFilterConfig } of virtualHosts) {
      if (typedPerFilterConfig !== undefined) throw new Error(`filters of virtual host ${domains.join()}`);
      for (const domain of domains) this.#routes.set(`${domain}:${port}`, routes);
    }
    const listener = this.#client.json('LDS', `default/web/${port}`) as unknown as ListenerJson;
    const filters = listener.filterChains.flatMap((chain) => chain.filters);
    this.#filters.set(
      port,
      filters.flatMap(({ typedConfig }) => typedConfig.httpFilters ?? []),
    );
  }

  #slot(name: string): SlotJson {
    const known = this.#slots.get(name) ?? (this.#client.json('ECDS', name) as unknown as SlotJson);
    this.#slots.set(name, known);
    return known;
  }
}

function isMatch({ prefix, pathSeparatedPrefix }: RouteJson['match'], path: string): boolean {
  const [plain = ''] = path.split('?');
  if (prefix !== undefined) return plain.startsWith(prefix);
  if (pathSeparatedPrefix !== undefined)
    return plain === pathSeparatedPrefix || plain.startsWith(`${pathSeparatedPrefix}/`);
  throw new Error('unknown match of a route');
}
