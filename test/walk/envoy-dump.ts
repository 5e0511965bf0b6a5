export interface EnvoyDump {
  /** Versions by `CDS name`: clusters and listeners, and all Secrets, in use or not. */
  readonly versions: ReadonlyMap<string, string>;
  /** Listeners by name, see `comparable`. Of one whose filter chains Envoy exchanged in place, `versions` has the old version. */
  readonly listeners: ReadonlyMap<string, unknown>;
  /** Addresses by cluster, `ip:port` in order. Envoy keeps no version of them. */
  readonly endpoints: ReadonlyMap<string, readonly string[]>;
  /** RouteConfigurations with their VirtualHosts, in use or not, see `comparable`. Envoy keeps no version of them. */
  readonly routes: ReadonlyMap<string, unknown>;
  /** `LDS name` of resources that wait, or were rejected. */
  readonly waiting: readonly string[];
}

/** Reads `/config_dump?include_eds`: https://www.envoyproxy.io/docs/envoy/latest/api-v3/admin/v3/config_dump.proto */
export function readDump(text: string): EnvoyDump {
  const { configs } = JSON.parse(text) as { configs: readonly Config[] };
  const versions = new Map<string, string>();
  const listeners = new Map<string, unknown>();
  const endpoints = new Map<string, readonly string[]>();
  const routes = new Map<string, unknown>();
  const waiting: string[] = [];
  for (const config of configs) {
    for (const { cluster, version_info } of config.dynamic_active_clusters ?? [])
      versions.set(`CDS ${cluster.name}`, version_info);
    for (const { cluster } of config.dynamic_warming_clusters ?? []) waiting.push(`CDS ${cluster.name}`);
    for (const { name, active_state, warming_state, error_state } of config.dynamic_listeners ?? []) {
      if (active_state !== undefined) {
        const { '@type': _, ...listener } = active_state.listener;
        versions.set(`LDS ${name}`, active_state.version_info);
        listeners.set(name, comparable(listener));
      }
      if (warming_state !== undefined || error_state !== undefined) waiting.push(`LDS ${name}`);
    }
    for (const { route_config } of config.dynamic_route_configs ?? []) {
      const { '@type': _, ...routeConfiguration } = route_config;
      routes.set(route_config.name, comparable(routeConfiguration));
    }
    for (const { name, version_info } of config.dynamic_active_secrets ?? [])
      versions.set(`SDS ${name}`, version_info);
    for (const { endpoint_config } of config.dynamic_endpoint_configs ?? [])
      endpoints.set(endpoint_config.cluster_name, addressesOf(endpoint_config));
  }
  return { versions, listeners, endpoints, routes, waiting };
}

/** Writes names of fields in one way, and sorts VirtualHosts: Envoy keeps them in no order. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]): [string, unknown] => {
      const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const all: unknown = comparable(field);
      return [camel, camel === 'virtualHosts' && Array.isArray(all) ? all.sort(byName) : all];
    }),
  );
}

function byName(a: Named, b: Named): number {
  return a.name < b.name ? -1 : 1;
}

function addressesOf({ endpoints }: EndpointConfig): string[] {
  const hosts = (endpoints ?? []).flatMap(({ lb_endpoints }) => lb_endpoints ?? []);
  return hosts
    .flatMap(({ endpoint }) => endpoint.address.socket_address ?? [])
    .map(({ address, port_value }) => `${address}:${port_value}`)
    .sort();
}

interface Versioned {
  readonly version_info: string;
}

interface Named {
  readonly name: string;
}

interface Config {
  readonly dynamic_active_clusters?: readonly (Versioned & { readonly cluster: Named })[];
  readonly dynamic_warming_clusters?: readonly { readonly cluster: Named }[];
  readonly dynamic_listeners?: readonly (Named & {
    readonly active_state?: Versioned & { readonly listener: { readonly '@type'?: string } };
    readonly warming_state?: object;
    readonly error_state?: object;
  })[];
  readonly dynamic_route_configs?: readonly {
    readonly route_config: Named & { readonly '@type'?: string };
  }[];
  readonly dynamic_active_secrets?: readonly (Versioned & Named)[];
  readonly dynamic_endpoint_configs?: readonly { readonly endpoint_config: EndpointConfig }[];
}

interface EndpointConfig {
  readonly cluster_name: string;
  readonly endpoints?: readonly {
    readonly lb_endpoints?: readonly {
      readonly endpoint: {
        readonly address: {
          /** Undefined: a listener of the proxy itself. */
          readonly socket_address?: { readonly address: string; readonly port_value: number };
        };
      };
    }[];
  }[];
}
