import type { TransportProtocol } from '../../units/transport-protocol.ts';
import type { EnvoyProxyRow } from '../envoy-gateway/envoy-proxy.ts';

/** Wanted proxies of one Gateway. Does not depend on where Sluice runs: the same on every replica. */
export interface Infrastructure {
  readonly namespace: string;
  readonly gateway: string;
  /** UID for owner references. */
  readonly gatewayUid: string;
  readonly gatewayClass: string;
  /** Name of the Deployment, the Service and every other object; see {@link infrastructureName}. */
  readonly name: string;
  /** Labels from `spec.infrastructure` of the Gateway, sorted; for every object that is made. */
  readonly labels: readonly (readonly [string, string])[];
  readonly annotations: readonly (readonly [string, string])[];
  readonly ports: readonly InfrastructurePort[];
  /** IP addresses to reach it at from outside. */
  readonly addresses: readonly string[];
  /** True when it is not to be reached from outside of the cluster. */
  readonly isClusterOnly?: boolean;
  /** ClusterIP that a new Service asks for. */
  readonly clusterIP?: string;
  /** The EnvoyProxy that the Gateway or its class refers to, trimmed; undefined: all defaults. */
  readonly proxy: EnvoyProxyRow['spec'] | undefined;
}

export interface InfrastructurePort {
  readonly name: string;
  readonly protocol: TransportProtocol;
  /** Port of the Gateway's listeners, to which clients connect. */
  readonly port: number;
  /** Port that Envoy binds; see `container-port.ts`. */
  readonly containerPort: number;
}

/** Says what to do with the objects that run a Gateway's proxies. */
export type WantedInfrastructure =
  | { readonly kind: 'run'; readonly infrastructure: Infrastructure }
  /** The Gateway is not accepted as it is now written: proxies that run stay as they are, and none are started. */
  | { readonly kind: 'keep' };
