import { must } from '../lib/assert.ts';
import { isInternalListener } from '../units/internal-listener-name.ts';

/** How Sluice serves one type of xDS resource. All that depends on the type follows from this. */
interface TypeRules {
  readonly url: string;
  /** Name of the list in the output of `sluice translate`. */
  readonly plural: 'clusters' | 'endpoints' | 'extensions' | 'listeners' | 'routes' | 'secrets';
  /** Types whose resources it may name: they are sent again behind it, see `XdsResource.names`. */
  readonly uses: readonly TypeName[];
  /**
   * When it goes to a client: `first`; `second`, when the client has ACKed what is `first`; `gated` until it has ACKed both
   * of the same epoch; `last`, behind what names it; or `free` of waves and holds.
   */
  readonly turn: 'first' | 'second' | 'free' | 'gated' | 'last';
  /**
   * An answer to a client that asks for a name that does not exist. Of an endpoint, route or secret, `said` would only end
   * Envoy's waiting for what is about to come.
   */
  readonly missing: 'said' | 'awaited';
  /**
   * When a client is told that one is gone: `at-once`, as nothing uses it; when it is `unused`; or never, since the client
   * drops it `with-user`, unless it asks for no type that uses it.
   */
  readonly removal: 'at-once' | 'unused' | 'with-user';
  /** Names that other resources use: one of them is removed when it is `unused`, whatever is said of its type. */
  readonly isUsed?: (name: string) => boolean;
  /** `tables` are put together from parts; `set` holds resources as units give them. */
  readonly store: 'set' | 'tables';
}

/** In the order in which a proxy is to learn of what is new: what is used goes before its users. */
const rules = {
  cluster: {
    url: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    plural: 'clusters',
    uses: ['endpoint'],
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
    uses: ['secret', 'extension', 'route'],
    turn: 'gated',
    missing: 'said',
    removal: 'at-once',
    // Routes lead to it by way of a cluster.
    isUsed: isInternalListener,
    store: 'set',
  },
  route: {
    url: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
    plural: 'routes',
    uses: [],
    turn: 'gated',
    missing: 'awaited',
    removal: 'unused',
    store: 'tables',
  },
} as const satisfies Record<string, TypeRules>;

type TypeName = 'cluster' | 'endpoint' | 'secret' | 'extension' | 'listener' | 'route';
type Rules = typeof rules;

export type TypeUrl = Rules[keyof Rules]['url'];
export type TypePlural = TypeRules['plural'];

/** Type URLs of the resources that Sluice serves. */
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

/** See `TypeRules.removal` and `TypeRules.isUsed`. */
export function removalOf(type: TypeUrl, name: string): TypeRules['removal'] {
  const { removal, isUsed } = rulesOf(type);
  return isUsed?.(name) === true ? 'unused' : removal;
}

/** Types that the rule holds of, in order. */
export function typesThat(isWanted: (rules: TypeRules) => boolean): readonly TypeUrl[] {
  return typeUrls.filter((type) => isWanted(rulesOf(type)));
}

/** Types whose resources one of this type may name. */
export function typesUsedBy(type: TypeUrl): readonly TypeUrl[] {
  return usedBy.get(type) ?? [];
}

const usedBy: ReadonlyMap<TypeUrl, readonly TypeUrl[]> = new Map(
  typeUrls.map((type) => [type, rulesOf(type).uses.map((used) => typeUrl[used])]),
);

/** Types whose resources may name one of this type. */
export function typesThatUse(type: TypeUrl): readonly TypeUrl[] {
  return typeUrls.filter((user) => typesUsedBy(user).includes(type));
}

/** Name of the message alone, such as `Cluster`. */
export function messageName(type: TypeUrl): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
