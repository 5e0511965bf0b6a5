import type { HeaderChanges } from '../kinds/envoy-gateway/client-headers.ts';
import type { RouteLimitsIR } from './limit-ir.ts';
import type { RetryTermsIR, TrafficIR } from './traffic-ir.ts';
import type { ExternalAuthIR, SecurityIR } from './security-ir.ts';
import type { CredentialIR, HostRewriteIR, RegexRewriteIR, ResponseIR } from './filter-ir.ts';

/** Gateway API with every reference, default and precedence resolved, without Envoy's types; `envoy/` encodes it. */

/** Names of the resources that hold the filters, by place in the filter chain. */
export interface FilterSlotsIR {
  readonly jwt_authn: readonly string[];
  readonly plugins: readonly string[];
  readonly local_ratelimit: readonly string[];
}

/** Plugins that run one after the other on some routes. `part` names their config in xDS. */
export interface PluginChainIR {
  readonly part: string;
  readonly chain: string;
  readonly plugins: readonly PluginIR[];
}

/** A plugin that runs as an HTTP filter. */
export type PluginIR = LuaIR | ExtProcIR | WasmIR;

export interface LuaIR {
  readonly type: 'lua';
  readonly name: string;
  readonly script: string;
  readonly context: string | undefined;
}

/** An external processor: a server that sees requests and responses. */
export interface ExtProcIR {
  readonly type: 'ext_proc';
  readonly name: string;
  readonly cluster: string;
  /** Name of the server in its requests. */
  readonly authority: string;
  readonly failOpen: boolean;
  /** Undefined: Envoy's default. */
  readonly messageTimeoutMs: number | undefined;
  /** Parts of requests that it sees; undefined: none. `response` likewise. */
  readonly request: ProcessingIR | undefined;
  readonly response: ProcessingIR | undefined;
  readonly allowModeOverride: boolean;
  /** The server sees requests, but cannot change them. */
  readonly isShadow: boolean;
  readonly accessibleNamespaces: readonly string[];
  readonly writableNamespaces: readonly string[];
  readonly statusOnError: number | undefined;
}

export interface ProcessingIR {
  readonly body?: 'Streamed' | 'Buffered' | 'BufferedPartial' | 'FullDuplexStreamed' | undefined;
  readonly attributes: readonly string[];
}

export interface WasmIR {
  readonly type: 'wasm';
  readonly name: string;
  readonly pluginName: string;
  readonly rootId: string | undefined;
  /** JSON text. */
  readonly configuration: string | undefined;
  readonly failOpen: boolean;
  /** Environment variables of the proxy that the plugin may read. */
  readonly hostKeys: readonly string[];
  readonly module: { readonly sha256: string; readonly size: number };
}

/** A table of routes without its domains. */
export interface RouteTableIR {
  readonly name: string;
  /** Domains that another listener of the port serves: requests for them are misdirected. */
  readonly elsewhere: readonly string[];
  /** Answer to requests for unknown domains; undefined: 404. */
  readonly rest: 'misdirected' | { readonly askListener: string } | undefined;
  /** Changes of the headers of all responses. */
  readonly lateHeaders?: HeaderChanges | undefined;
}

/** Part of a domain of a table that one object adds. Without entries it adds the domain itself. */
export interface RouteFragmentIR {
  readonly table: string;
  readonly domain: string;
  readonly entries: readonly RouteEntryIR[];
}

export interface RouteEntryIR {
  readonly order: string;
  readonly rule: string;
  /** Routes of which the first that matches decides. */
  readonly routes: readonly RouteIR[];
}

export interface RouteIR {
  readonly name: string;
  readonly match: RouteMatchIR;
  /** Takes requests whose value of a million is below this. One value a request: consecutive routes split it exactly. */
  readonly cumulativeFraction: number | undefined;
  readonly requestHeaders: HeaderModifierIR;
  readonly responseHeaders: HeaderModifierIR;
  readonly cors: CORSPolicyIR | undefined;
  readonly plugins: RouteChainIR | undefined;
  readonly session: SessionIR | undefined;
  /** Servers that all have to let a request pass, in turn. */
  readonly auths: readonly ExternalAuthIR[];
  /** Given where one of the servers learns it. */
  readonly ofObject?: RouteNameIR | undefined;
  readonly traffic: TrafficIR | undefined;
  readonly limits: RouteLimitsIR | undefined;
  readonly security: SecurityIR | undefined;
  /** Verifies tokens. */
  readonly tokens: RouteChainIR | undefined;
  /**
   * Identifies all that decides which requests come in. A request whose first route had another one is refused. Undefined:
   * nothing decides.
   */
  readonly protection: string | undefined;
  readonly credential: CredentialIR | undefined;
  readonly action: RouteActionIR;
}

/** Object and rule that a route is of. */
export interface RouteNameIR {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of the rule; undefined: it has none. */
  readonly rule: string | undefined;
}

/** Names the config of some of a route's filters. */
export interface RouteChainIR {
  readonly family: keyof FilterSlotsIR;
  readonly slot: string;
  readonly chain: string;
}

/** Keeps a client with its endpoint, by what the client sends back. Without a lifetime a cookie ends with the client. */
export type SessionIR =
  | { readonly kind: 'header'; readonly name: string }
  | {
      readonly kind: 'cookie';
      readonly name: string;
      readonly path: string;
      readonly lifetimeMs: number | undefined;
      readonly isSecure: boolean;
    };

export interface RouteMatchIR {
  readonly path: PathMatchIR;
  readonly method: string | undefined;
  /** Each name at most once. */
  readonly headers: readonly ValueMatchIR[];
  readonly queryParams: readonly ValueMatchIR[];
  readonly cookies?: readonly ValueMatchIR[];
}

/** A `PathPrefix` has no trailing slash, unless it is `/` itself. A regular expression is valid RE2. */
export interface PathMatchIR {
  readonly kind: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly value: string;
}

export interface ValueMatchIR {
  readonly kind: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

/** Values are literal text: the encoder escapes what Envoy would expand. */
export interface HeaderModifierIR {
  readonly set: readonly HeaderIR[];
  readonly add: readonly HeaderIR[];
  readonly remove: readonly string[];
}

export interface HeaderIR {
  readonly name: string;
  readonly value: string;
}

export const noHeaderChange: HeaderModifierIR = { set: [], add: [], remove: [] };

/** Defaults of a route that changes nothing about its requests. */
export const unchanged = {
  cumulativeFraction: undefined,
  requestHeaders: noHeaderChange,
  responseHeaders: noHeaderChange,
  cors: undefined,
  plugins: undefined,
  session: undefined,
  auths: [],
  traffic: undefined,
  limits: undefined,
  security: undefined,
  tokens: undefined,
  protection: undefined,
  credential: undefined,
} as const;

/** Returns the chains of filters that run on the requests of a route. */
export function chainsOf({ plugins, tokens, limits, action }: RouteIR): RouteChainIR[] {
  // Envoy has no place for limits in a route that it answers itself.
  const filter = action.kind === 'forward' ? limits?.filter : undefined;
  return [
    ...(plugins === undefined ? [] : [plugins]),
    ...(tokens === undefined ? [] : [tokens]),
    ...(filter === undefined ? [] : [{ family: 'local_ratelimit', ...filter } as const]),
  ];
}

export type RouteActionIR = ForwardIR | RedirectIR | ({ readonly kind: 'respond' } & ResponseIR);

export interface ForwardIR {
  readonly kind: 'forward';
  /** At least one, and the weights are above 0. */
  readonly backends: readonly BackendIR[];
  readonly mirrors: readonly MirrorIR[];
  readonly hostRewrite: HostRewriteIR | undefined;
  readonly pathRewrite: PathRewriteIR | RegexRewriteIR | undefined;
  readonly timeouts: TimeoutsIR;
  readonly retry: RetryIR | undefined;
  /** Answer to the share of requests that an invalid backendRef would get. */
  readonly failureStatus: FailureStatus;
}

/** An HTTPRoute asks for 500, a GRPCRoute for UNAVAILABLE, which Envoy makes of 503. */
export type FailureStatus = 500 | 503;

export interface BackendIR {
  /** Undefined: an invalid backendRef. */
  readonly cluster: string | undefined;
  readonly weight: number;
  readonly requestHeaders: HeaderModifierIR;
  readonly responseHeaders: HeaderModifierIR;
}

export interface MirrorIR {
  readonly cluster: string;
  /** Share of a million requests. */
  readonly fraction: number;
}

/** `prefix` replaces the prefix that the route's own `PathPrefix` matched. */
export interface PathRewriteIR {
  readonly kind: 'full' | 'prefix';
  readonly value: string;
}

/** Milliseconds; 0 is no timeout, undefined is Envoy's default. */
export interface TimeoutsIR {
  readonly requestMs: number | undefined;
  readonly backendRequestMs: number | undefined;
}

export interface RetryIR {
  /** Above 0: an attempt after the first. */
  readonly attempts: number;
  readonly codes: readonly number[];
  readonly backoffMs: number | undefined;
  /** Undefined: those of Gateway API. */
  readonly terms?: RetryTermsIR | undefined;
}

export interface RedirectIR {
  readonly kind: 'redirect';
  readonly scheme: 'http' | 'https' | undefined;
  readonly hostname: string | undefined;
  /** Undefined: no port in the Location, as it is the scheme's own. */
  readonly port: number | undefined;
  readonly path: PathRewriteIR | undefined;
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
}

export interface CORSPolicyIR {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Undefined: the browser's own time. */
  readonly maxAgeSeconds: number | undefined;
}
