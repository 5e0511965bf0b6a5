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
