import type {
  ActiveCheck,
  ClusterSettings,
  ConsistentHash,
} from '../kinds/envoy-gateway/cluster-settings.ts';
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
  /** Chooses the endpoint by a part of the request; undefined: the load of endpoints does. */
  readonly hash: ConsistentHash | undefined;
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
  readonly answer: AnswerIR;
}

export interface HeaderTextIR {
  readonly name: string;
  readonly kind: 'Exact' | 'Prefix' | 'Suffix' | 'RegularExpression';
  readonly value: string;
}

export interface AnswerIR {
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
}

/** Settings of BackendTrafficPolicies for connections to a backend. Undefined: the default. */
export interface ClusterTrafficIR {
  readonly balancer: BalancerIR;
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
  readonly maxRequests: number | undefined;
  readonly bufferBytes: number | undefined;
  readonly preconnect: NonNullable<ClusterSettings['connection']>['preconnect'];
  readonly keepalive: ClusterSettings['tcpKeepalive'];
  readonly proxyProtocol: 'V1' | 'V2' | undefined;
  readonly http2: ClusterSettings['http2'];
  /** HTTP in the version that the client speaks. */
  readonly usesClientProtocol: boolean;
}

export interface BalancerIR {
  readonly kind: 'LeastRequest' | 'RoundRobin' | 'Random' | 'ConsistentHash';
  readonly slowStartMs: number | undefined;
  /** A prime number. */
  readonly tableSize: number;
}
