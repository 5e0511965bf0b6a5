export interface DeltaRequest {
  readonly typeUrl: string;
  /** Node of the proxy, on the first message of a stream alone; `cluster` is `namespace/gateway`. */
  readonly node: ProxyNode | undefined;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Versions by name that a reconnecting client has; on its first message of a type alone. */
  readonly initialVersions: ReadonlyMap<string, string>;
  readonly nonce: string;
  /** Text of a NACK. */
  readonly error: string | undefined;
}

export interface ProxyNode {
  readonly id: string;
  readonly cluster: string;
  /** Version of the proxy, such as `1.40.0`, if it says so. */
  readonly version?: string | undefined;
}
