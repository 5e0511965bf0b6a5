/* What proxies write and send about requests, without Envoy's types. */

/** Logs by the part of Envoy that writes them. */
export interface AccessLogsIR {
  /** A line for each request, connection or session of a route. */
  readonly route: readonly AccessLogIR[];
  /** A line for each connection to a listener. */
  readonly listener: readonly AccessLogIR[];
  /** A line for each request to a backend. */
  readonly upstream: readonly AccessLogIR[];
}

export interface AccessLogIR {
  readonly sink: LogSinkIR;
  /** CEL expressions. All have to be true. */
  readonly matches: readonly string[];
  /** True: logs only what no filter chain or route took. */
  readonly isOfUnmatched: boolean;
}

export type LogSinkIR = FileSinkIR | AlsSinkIR | OpenTelemetrySinkIR;

/** Formats are Envoy's own language. */
export interface FileSinkIR {
  readonly kind: 'file';
  readonly path: string;
  readonly format:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'json'; readonly fields: Pairs };
}

/** A server of Envoy's own log service. */
export interface AlsSinkIR {
  readonly kind: 'als';
  readonly type: 'HTTP' | 'TCP';
  readonly server: TelemetryServerIR;
  readonly logName: string;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly responseTrailers: readonly string[];
}

export interface OpenTelemetrySinkIR {
  readonly kind: 'openTelemetry';
  readonly server: TelemetryServerIR;
  readonly body: string | undefined;
  readonly attributes: Pairs;
  readonly resource: Pairs;
}

/** A server that is called by gRPC. */
export interface TelemetryServerIR {
  readonly cluster: string;
  readonly authority: string;
  /** Headers of each call. */
  readonly headers: Pairs;
}

export interface TracingIR {
  readonly server: TelemetryServerIR;
  readonly provider: TraceProviderIR;
  /** Percentages of requests. */
  readonly clientSampling: number;
  readonly randomSampling: number;
  readonly overallSampling: number;
  /** Sorted by name. */
  readonly tags: readonly TagIR[];
  readonly spanName: { readonly client: string; readonly server: string } | undefined;
}

export type TraceProviderIR =
  | OpenTelemetryProviderIR
  | { readonly kind: 'datadog'; readonly serviceName: string }
  | { readonly kind: 'zipkin'; readonly has128Bits: boolean; readonly sharesSpans: boolean };

/** Spans go by gRPC; those of the others by HTTP. */
export interface OpenTelemetryProviderIR {
  readonly kind: 'openTelemetry';
  readonly serviceName: string;
  readonly resource: Pairs;
  readonly sampler: SamplerIR | undefined;
}

export interface SamplerIR {
  /** Follows the decision of the span around it, if there is one. */
  readonly isParentBased: boolean;
  /** Share of a million traces; undefined: all. */
  readonly millionths: number | undefined;
}

/** `format` is in Envoy's own language. */
export type TagIR = { readonly name: string } & (
  | { readonly kind: 'literal' | 'format'; readonly value: string }
  | { readonly kind: 'environment' | 'header'; readonly of: string; readonly byDefault: string }
);

type Pairs = readonly (readonly [string, string])[];
