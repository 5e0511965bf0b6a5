import type { ActiveCheck, ClusterSettings } from '../kinds/envoy-gateway/cluster-settings.ts';
import type { ConsistentHash, LoadBalancer } from '../kinds/envoy-gateway/load-balancer.ts';
import type { TagIR } from './telemetry-ir.ts';
import type { FaultInjection } from '../kinds/envoy-gateway/backend-traffic-answers.ts';

/** Settings of BackendTrafficPolicies on the requests of a rule. Undefined: Envoy's default. */
export interface TrafficIR {
  /** Milliseconds without a byte after which a stream ends; 0: never. */
  readonly streamIdleMs: number | undefined;
  readonly maxStreamMs: number | undefined;
  readonly fault: FaultInjection | undefined;
  /** In order of preference. */
  readonly compressors: readonly CompressorIR[];
  /** The first that matches a response replaces it. */
  readonly overrides: readonly OverrideIR[];
  /** Protocols that a request may switch to; undefined: those of the listener. */
  readonly upgrades: readonly string[] | undefined;
  /** The proxy waits for the whole request, up to this size. */
  readonly maxRequestBytes: number | undefined;
  readonly statPrefix: string | undefined;
  readonly tracing: RouteTracingIR | undefined;
  /** Takes CONNECT requests, and no others; `terminate`: the proxy ends them, and backends get what they carry. */
  readonly connect: 'forward' | 'terminate' | undefined;
  /** Headers of answers that say how busy the endpoint is reach no client. */
  readonly hidesLoadReports: boolean;
  /** Chooses the endpoint by a part of the request; undefined: the load of endpoints does. */
  readonly hash: ConsistentHash | undefined;
}

/** Traces of a route's requests. Shares are of a million; undefined: all. */
export interface RouteTracingIR {
  readonly clientShare: number;
  readonly randomShare: number | undefined;
  readonly overallShare: number | undefined;
  /** Sorted by name. */
  readonly tags: readonly TagIR[];
  /** With Envoy's commands. */
  readonly spanName: { readonly client: string; readonly server: string } | undefined;
}

export interface CompressorIR {
  readonly library: 'gzip' | 'brotli' | 'zstd';
  /** Bytes from which on a response is compressed. */
  readonly minBytes: number | undefined;
}

/** Matches when all of its parts do. */
export interface OverrideIR {
  /** Inclusive ranges, of which one must hold the status; empty: any status. */
  readonly statuses: readonly (readonly [from: number, to: number])[];
  readonly headers: readonly HeaderTextIR[];
  /** Only answers of the proxy itself, or only those of backends; undefined: both. */
  readonly from: 'proxy' | 'backend' | undefined;
  readonly answer: AnswerIR | LocationIR;
}

/** A redirect in the place of a response. Undefined parts are those of the request. */
export interface LocationIR {
  readonly kind: 'redirect';
  readonly status: 301 | 302;
  readonly scheme: 'http' | 'https' | undefined;
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  readonly path: string | undefined;
}

export interface HeaderTextIR {
  readonly name: string;
  readonly kind: 'Exact' | 'Prefix' | 'Suffix' | 'RegularExpression';
  readonly value: string;
}

export interface AnswerIR {
  readonly kind: 'answer';
  /** Undefined: the status of the response that is replaced. */
  readonly status: number | undefined;
  /** Literal text. */
  readonly body: string | undefined;
  readonly headers: AnswerHeadersIR;
}

/** Values are literal text. */
export interface AnswerHeadersIR {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
}

/** Conditions and bounds of retries, beyond those of a route. */
export interface RetryTermsIR {
  /** Envoy's names of conditions. */
  readonly on: readonly string[];
  readonly perAttemptMs: number | undefined;
  readonly maxBackoffMs: number | undefined;
  /** Attempts of one priority before those of the next; undefined: all are of the highest that is healthy. */
  readonly attemptsPerPriority?: number | undefined;
}

/** Settings of a policy for connections to a backend. Undefined: the default. */
export interface ClusterTrafficIR {
  readonly balancer: BalancerIR;
  /** Endpoints of its own, as EDS has them; undefined: those of every cluster of the port. */
  readonly endpointOptions: EndpointOptionsIR | undefined;
  readonly active: ActiveCheck | undefined;
  /** Name of the backend in health checks. */
  readonly host: string;
  readonly passive: NonNullable<ClusterSettings['healthCheck']>['passive'];
  /** Share of healthy endpoints below which all are used; 0: never. */
  readonly panicPercent: number | undefined;
  readonly breaker: ClusterSettings['circuitBreaker'];
  readonly connectMs: number | undefined;
  readonly idleMs: number | undefined;
  readonly maxConnectionMs: number | undefined;
  /** Given for servers of policies alone: routes carry it for their own requests. */
  readonly maxStreamMs?: number | undefined;
  readonly maxRequests: number | undefined;
  readonly bufferBytes: number | undefined;
  /** Bound of the buffers in the kernel, in each direction. */
  readonly socketBytes: number | undefined;
  readonly preconnect: NonNullable<ClusterSettings['connection']>['preconnect'];
  readonly keepalive: ClusterSettings['tcpKeepalive'];
  readonly proxyProtocol: 'V1' | 'V2' | undefined;
  readonly dns: DnsIR;
  readonly http2: ClusterSettings['http2'];
  /** HTTP in the version that the client speaks. */
  readonly usesClientProtocol: boolean;
}

/** How a proxy resolves names of endpoints. Undefined: the default. */
export interface DnsIR {
  readonly refreshMs?: number | undefined;
  /** The lifetime of an answer takes the place of `refreshMs`. */
  readonly respectsTtl?: boolean | undefined;
  readonly family?: LookupFamily | undefined;
}

export type LookupFamily = 'IPv4' | 'IPv6' | 'IPv4Preferred' | 'IPv6Preferred' | 'IPv4AndIPv6';

export interface EndpointOptionsIR {
  /** Port of health checks; undefined: that of the endpoint. */
  readonly checkPort?: number | undefined;
  /** Weights of zones; others weigh 1, and 0 is no requests. Undefined: zones do not count. */
  readonly zones?: readonly { readonly zone: string; readonly weight: number }[] | undefined;
}

export interface BalancerIR {
  readonly kind: 'LeastRequest' | 'RoundRobin' | 'Random' | 'ConsistentHash' | 'BackendUtilization';
  readonly slowStartMs: number | undefined;
  /** A prime number. */
  readonly tableSize: number;
  /** Reports of load; given for `BackendUtilization` alone. */
  readonly utilization: LoadBalancer['backendUtilization'];
  /** Headers that may name the endpoint of a request, in order; without a usable one the balancer chooses. */
  readonly endpointHeaders: readonly string[];
  /** Zones get requests by their weights in EDS. */
  readonly isByZone: boolean;
}
