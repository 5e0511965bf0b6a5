import { must } from '../lib/assert.ts';
import { isOfInternalListener } from '../units/internal-listener-name.ts';

/** Rules by which Sluice serves one type of xDS resource. */
interface TypeRules {
  readonly url: string;
  /** Name of the list in the output of `sluice translate`. */
  readonly plural:
    | 'clusters'
    | 'endpoints'
    | 'extensions'
    | 'listeners'
    | 'routes'
    | 'scopes'
    | 'secrets'
    | 'virtualHosts';
  /** Types that its resources may name: those are sent again behind it, see `XdsResource.names`. */
  readonly uses: readonly TypeName[];
  /**
   * When it goes to a client: `first`; `second`, when the client has ACKed the first; `gated`, when it has ACKed both
   * at the same epoch; `last`, behind what names it; `free`, at any time.
   */
  readonly turn: 'first' | 'second' | 'free' | 'gated' | 'last';
  /** Answer for a missing name. `said` would make Envoy stop waiting for an endpoint, route or secret. */
  readonly missing: 'said' | 'awaited';
  /**
   * When a removal is sent: `at-once`, as nothing uses it; when it is `unused`; or never, since a client drops it
   * `with-user`, unless the client asks for no type that uses it.
   */
  readonly removal: 'at-once' | 'unused' | 'with-user';
  readonly isUsed?: (name: string) => boolean;
  /** True: a view keeps what its unit no longer makes, until the unit itself ends. */
  readonly staysPublished?: boolean;
  /** `tables` are joined from parts; a `set` has resources as units give them. */
  readonly store: 'set' | 'tables';
  /**
   * True: all that is due goes in one response. Envoy makes a whole table again for each response of hosts, and a listener
   * opens with the scopes of the first.
   */
  readonly isUndivided?: boolean;
}

/** In the order of sending: used resources go before their users. */
const rules = {
  cluster: {
    url: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    plural: 'clusters',
    uses: ['endpoint', 'secret'],
    turn: 'first',
    missing: 'said',
    removal: 'unused',
    store: 'set',
  },
  endpoint: {
    url: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
    plural: 'endpoints',
    uses: [],
    turn: 'free',
    missing: 'awaited',
    removal: 'with-user',
    staysPublished: true,
    store: 'set',
  },
  secret: {
    url: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
    plural: 'secrets',
    uses: [],
    turn: 'last',
    missing: 'awaited',
    removal: 'unused',
    store: 'set',
  },
  extension: {
    url: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
    plural: 'extensions',
    uses: [],
    turn: 'second',
    missing: 'awaited',
    removal: 'unused',
    store: 'tables',
  },
  listener: {
    url: 'type.googleapis.com/envoy.config.listener.v3.Listener',
    plural: 'listeners',
    uses: ['secret', 'extension', 'scope', 'route'],
    turn: 'gated',
    missing: 'said',
    removal: 'at-once',
    // Routes lead to it through a cluster.
    isUsed: isOfInternalListener,
    store: 'set',
  },
  scope: {
    url: 'type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration',
    plural: 'scopes',
    uses: ['route'],
    turn: 'last',
    missing: 'awaited',
    removal: 'with-user',
    store: 'set',
    isUndivided: true,
  },
  route: {
    url: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
    plural: 'routes',
    uses: [],
    turn: 'gated',
    missing: 'awaited',
    removal: 'unused',
    store: 'set',
  },
  virtualHost: {
    url: 'type.googleapis.com/envoy.config.route.v3.VirtualHost',
    plural: 'virtualHosts',
    uses: [],
    turn: 'gated',
    missing: 'awaited',
    removal: 'at-once',
    // Hosts of other RouteConfigurations lead to it through a cluster.
    isUsed: isOfInternalListener,
    store: 'tables',
    isUndivided: true,
  },
} as const satisfies Record<string, TypeRules>;

type TypeName =
  | 'cluster'
  | 'endpoint'
  | 'secret'
  | 'extension'
  | 'listener'
  | 'scope'
  | 'route'
  | 'virtualHost';
type Rules = typeof rules;

export type TypeUrl = Rules[keyof Rules]['url'];
export type TypePlural = TypeRules['plural'];

export const typeUrl = Object.fromEntries(Object.entries(rules).map(([name, { url }]) => [name, url])) as {
  readonly [K in keyof Rules]: Rules[K]['url'];
};

export const typeUrls: readonly TypeUrl[] = Object.values(rules).map(({ url }) => url);

const byUrl = new Map<string, TypeRules>(Object.values(rules).map((type) => [type.url, type]));

export function isTypeUrl(text: string): text is TypeUrl {
  return byUrl.has(text);
}

export function rulesOf(type: TypeUrl): TypeRules {
  return must(byUrl.get(type), type);
}

export function removalOf(type: TypeUrl, name: string): TypeRules['removal'] {
  const { removal, isUsed } = rulesOf(type);
  return isUsed?.(name) === true ? 'unused' : removal;
}

export function typesThat(isWanted: (rules: TypeRules) => boolean): readonly TypeUrl[] {
  return typeUrls.filter((type) => isWanted(rulesOf(type)));
}

export function typesUsedBy(type: TypeUrl): readonly TypeUrl[] {
  return usedBy.get(type) ?? [];
}

const usedBy: ReadonlyMap<TypeUrl, readonly TypeUrl[]> = new Map(
  typeUrls.map((type) => [type, rulesOf(type).uses.map((used) => typeUrl[used])]),
);

export function typesThatUse(type: TypeUrl): readonly TypeUrl[] {
  return typeUrls.filter((user) => typesUsedBy(user).includes(type));
}

export function messageName(type: TypeUrl): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
