import type { EnvoyProxyRow } from '../envoy-gateway/envoy-proxy.ts';

/**
 * The wanted data plane of one Gateway: what the objects that run its proxies are made from. Says nothing of where
 * Sluice itself runs, so it is the same on every replica.
 */
export interface Infrastructure {
  readonly namespace: string;
  readonly gateway: string;
  /** The Gateway's own, for owner references. */
  readonly gatewayUid: string;
  readonly gatewayClass: string;
  /** Of the Deployment, the Service and every other object; see {@link infrastructureName}. */
  readonly name: string;
  /** From `spec.infrastructure` of the Gateway, sorted; for every object that is made. */
  readonly labels: readonly (readonly [string, string])[];
  readonly annotations: readonly (readonly [string, string])[];
  /** By port, each once. */
  readonly ports: readonly InfrastructurePort[];
  /** Addresses that `spec.addresses` asks for, IP addresses alone. */
  readonly addresses: readonly string[];
  /** The EnvoyProxy that the Gateway or its class refers to, trimmed; undefined: all defaults. */
  readonly proxy: EnvoyProxyRow['spec'] | undefined;
}

export interface InfrastructurePort {
  /** Of the Service port, such as `http-80`. */
  readonly name: string;
  /** What clients connect to: the port of the Gateway's listeners. */
  readonly port: number;
  /** What Envoy binds; see `container-port.ts`. */
  readonly containerPort: number;
}

/** What is to become of the objects that run a Gateway's proxies. */
export type WantedInfrastructure =
  | { readonly kind: 'run'; readonly infrastructure: Infrastructure }
  /**
   * The Gateway is not accepted as it is written now. What runs for it stays as it is, since nothing says what else it should be;
   * what does not run is not started.
   */
  | { readonly kind: 'keep' };
