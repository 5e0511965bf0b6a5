/** Result of translation: what proxies get, and what users are told. */
export interface Outcome {
  /** By Gateway, as `namespace/name`. */
  readonly gateways: ReadonlyMap<string, readonly OutcomeResource[]>;
  /** By object, as `Kind/namespace/name`. */
  readonly statuses: ReadonlyMap<string, unknown>;
}

export interface OutcomeResource {
  /** Plural, such as `clusters`. */
  readonly type: string;
  readonly name: string;
  /** Equal for equal bytes. */
  readonly version: string;
  readonly bytes: number;
  /** Decodes it, without secrets. */
  json(): unknown;
}
