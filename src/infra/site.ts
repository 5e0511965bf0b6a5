import type { GatewayProxies } from '../lib/tls-identity.ts';

/** Sluice's own settings that the objects of a Gateway depend on. The same on every replica. */
export interface Site {
  /** Image of the proxies, unless an EnvoyProxy names another. */
  readonly image: string;
  /** Host name or IP address of the xDS server as proxies reach it. */
  readonly xdsAddress: string;
  readonly xdsPort: number;
  /** DNS name that the xDS server's certificate has. */
  readonly xdsServerName: string;
  /** Time in which a proxy that ends finishes what it has begun, unless an EnvoyProxy says otherwise; 0 ends it at once. */
  readonly drainMs: number;
  /** Addresses and ranges of which Gateways may have external IPs. */
  readonly externalIPs: readonly string[];
  /**
   * Part of the path that makes a proxy drain, which everything that reaches the pod may ask for: to be guessed by
   * nobody, and the same at every call. Letters, digits, `-` and `_` alone.
   */
  readonly drainToken: (namespace: string, gateway: string) => string;
  /**
   * Shown by the proxies of a Gateway to the xDS server, which serves no stream without it. Never the same for another Gateway,
   * nor for the next one of the same name. Letters, digits, `-` and `_` alone.
   */
  readonly xdsToken: (proxies: GatewayProxies) => string;
}
