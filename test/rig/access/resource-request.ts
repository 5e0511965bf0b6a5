import { createHash } from 'node:crypto';
import { allows, type MatcherJson } from './resource-rules.ts';
import { acceptedClaims, type TokenFilterJson } from './resource-tokens.ts';
import { headersOf, pathOf, type Visitor } from './visitor.ts';

export interface FilterOnRouteJson {
  readonly onRequestHeaders?: readonly StateJson[];
  readonly filterChain?: { readonly filters: readonly { readonly typedConfig: unknown }[] };
  readonly rbac?: { readonly matcher: MatcherJson & StateMatcherJson };
}

interface StateJson {
  readonly objectKey: string;
  readonly formatString: { readonly textFormatSource: { readonly inlineString: string } };
}

/** Allows requests whose state has one of these values. */
interface StateMatcherJson {
  readonly matcherTree?: {
    readonly input: { readonly typedConfig: { readonly key: string } };
    readonly exactMatchMap: { readonly map: object };
  };
}

/** A filter slot: chains of filters by name. */
export interface SlotJson {
  readonly typedConfig: {
    readonly matcher: {
      readonly matcherTree: {
        readonly exactMatchMap: { readonly map: Readonly<Record<string, ChainJson>> };
      };
    };
  };
}

interface ChainJson {
  readonly action: {
    readonly typedConfig: { readonly filterChain: { readonly typedConfig: readonly ConfigJson[] } };
  };
}

interface ConfigJson {
  readonly name: string;
  readonly typedConfig: unknown;
}

interface UsersJson {
  readonly users: { readonly inlineString: string };
}

interface KeysJson {
  readonly credentials?: readonly { readonly key: string }[];
  readonly keySources: readonly {
    readonly header?: string;
    readonly query?: string;
    readonly cookie?: string;
  }[];
}

/** A request on its way through the filters of a route, with what they leave for each other. */
export class RequestInFilters {
  readonly #visitor: Visitor;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #slot: (name: string) => SlotJson;
  readonly #state = new Map<string, string>();
  #claims: Readonly<Record<string, unknown>> = {};

  constructor(visitor: Visitor, slot: (name: string) => SlotJson) {
    this.#visitor = visitor;
    this.#headers = headersOf(visitor);
    this.#slot = slot;
  }

  /** Returns the status with which the filter refuses; undefined: the request goes on. */
  pass(name: string, config: FilterOnRouteJson): number | undefined {
    const [first] = config.filterChain?.filters ?? [];
    switch (name) {
      case 'sluice.choice':
        this.#note(config);
        return undefined;
      case 'sluice.mark':
        this.#note(first?.typedConfig as FilterOnRouteJson);
        return undefined;
      case 'sluice.protection':
        return this.#hasState(config) ? undefined : 403;
      case 'sluice.jwt_authn':
        return this.#tokens();
      case 'envoy.filters.http.basic_auth':
        return this.#user(first?.typedConfig as UsersJson) ? undefined : 401;
      case 'envoy.filters.http.api_key_auth':
        return this.#key(first?.typedConfig as KeysJson) ? undefined : 401;
      case 'envoy.filters.http.rbac':
        return this.#isAllowed(config) ? undefined : 403;
      default:
        throw new Error(`unknown filter ${name}`);
    }
  }

  #note({ onRequestHeaders = [] }: FilterOnRouteJson): void {
    for (const { objectKey, formatString } of onRequestHeaders)
      this.#state.set(objectKey, formatString.textFormatSource.inlineString);
  }

  #hasState({ rbac }: FilterOnRouteJson): boolean {
    const tree = rbac?.matcher.matcherTree;
    const value = this.#state.get(tree?.input.typedConfig.key ?? '');
    return value !== undefined && Object.keys(tree?.exactMatchMap.map ?? {}).includes(value);
  }

  /** The slot and the chain are those that the route has chosen; without either of them nothing passes. */
  #tokens(): number | undefined {
    const slot = this.#slot(this.#state.get('sluice.jwt_authn.slot') ?? '');
    const { map } = slot.typedConfig.matcher.matcherTree.exactMatchMap;
    const chain = map[this.#state.get('sluice.jwt_authn.chain') ?? ''];
    const [filter, ...rest] = chain?.action.typedConfig.filterChain.typedConfig ?? [];
    if (filter?.name !== 'envoy.filters.http.jwt_authn' || rest.length > 0) return 500;
    const claims = acceptedClaims(filter.typedConfig as TokenFilterJson, this.#headers);
    this.#claims = claims ?? {};
    return claims === undefined ? 401 : undefined;
  }

  #user({ users }: UsersJson): boolean {
    const [scheme, text = ''] = (this.#headers['authorization'] ?? '').split(' ');
    const [name = '', password = ''] = Buffer.from(text, 'base64').toString().split(':');
    const hash = createHash('sha1').update(password).digest('base64');
    return scheme === 'Basic' && users.inlineString.split('\n').includes(`${name}:{SHA}${hash}`);
  }

  #key({ credentials = [], keySources }: KeysJson): boolean {
    const { searchParams } = new URL(pathOf(this.#visitor), 'http://any.test');
    const cookies = new URLSearchParams((this.#headers['cookie'] ?? '').replaceAll('; ', '&'));
    const [shown] = keySources.flatMap(({ header = '', query = '', cookie = '' }) =>
      [this.#headers[header], searchParams.get(query), cookies.get(cookie)].filter((key) => key != null),
    );
    return credentials.some(({ key }) => key === shown);
  }

  #isAllowed({ rbac }: FilterOnRouteJson): boolean {
    if (rbac === undefined) throw new Error('no rules');
    const headers = {
      ...this.#headers,
      ':method': this.#visitor.method,
      ':path': pathOf(this.#visitor),
    };
    return allows(rbac.matcher, { headers, address: this.#visitor.from, claims: this.#claims });
  }
}
