/** Fields of a DeltaDiscoveryRequest that Sluice reads. */
export interface DeltaRequest {
  readonly typeUrl: string;
  /** The proxy's node, on the first message of a stream alone; `cluster` is `namespace/gateway`. */
  readonly node: ProxyNode | undefined;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Versions by name that a reconnecting client has; on its first message of a type alone. */
  readonly initialVersions: ReadonlyMap<string, string>;
  /** Empty when the message answers no response. */
  readonly nonce: string;
  /** Set: the response was rejected, in the client's own words. */
  readonly error: string | undefined;
}

export interface ProxyNode {
  readonly id: string;
  readonly cluster: string;
  /** Version of the proxy's program, such as `1.40.0`, if it says so. */
  readonly version?: string | undefined;
}
