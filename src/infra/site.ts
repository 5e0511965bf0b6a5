import type { GatewayProxies } from '../lib/tls-identity.ts';

/** Settings of Sluice for the objects of all Gateways; the same on every replica. */
export interface Site {
  readonly image: string;
  /** Host name or IP address. */
  readonly xdsAddress: string;
  readonly xdsPort: number;
  readonly xdsServerName: string;
  /** Default time for open requests when a proxy ends; 0 ends it at once. */
  readonly drainMs: number;
  /** Addresses and ranges that Gateways may use as external IPs. */
  readonly externalIPs: readonly string[];
  /** Secret part of a URL path, as anything can reach the pod. The same at every call; of `[A-Za-z0-9_-]`. */
  readonly drainToken: (namespace: string, gateway: string) => string;
  /** Required for every xDS stream. Differs for each Gateway, even a later one of the same name; of `[A-Za-z0-9_-]`. */
  readonly xdsToken: (proxies: GatewayProxies) => string;
}
