import type { ClientHttpIR, ClientTlsIR, ConnectionsIR, SocketIR } from './client-ir.ts';
import type { FilterSlotsIR } from './ir.ts';
import type { AccessLogIR, AccessLogsIR, TracingIR } from './telemetry-ir.ts';

/* Listeners of Envoy, below what HTTP says; see `ir.ts`. */

/** Addresses of a proxy at which a listener listens. */
export interface AddressIR {
  readonly bindPort: number;
  readonly ipFamily: 'IPv4' | 'IPv6' | 'DualStack';
}

/** Settings of every HTTP server of a proxy. */
export interface HttpServerIR {
  readonly accessLogs: AccessLogsIR;
  /** Undefined: no traces. */
  readonly tracing: TracingIR | undefined;
  readonly filterSlots: FilterSlotsIR;
  /** Places of HTTP filters that differ from the usual ones. */
  readonly filterOrder: readonly FilterPositionIR[];
}

/** Puts all HTTP filters of a name before the first, or after the last, of another. Names are Envoy's. */
export interface FilterPositionIR {
  readonly name: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface ListenerIR extends AddressIR, HttpServerIR {
  readonly name: string;
  readonly port: number;
  readonly filterChains: readonly FilterChainIR[];
  readonly socket: SocketIR | undefined;
  /** ClientTrafficPolicies that shape it. */
  readonly policies: readonly { readonly namespace: string; readonly name: string }[];
}

/** Serves the connections of one server name; a cleartext port has one chain, without TLS. */
export interface FilterChainIR {
  readonly name: string;
  /** Undefined: any server name, and none. */
  readonly serverName: string | undefined;
  /** Undefined: Envoy ends no TLS. */
  readonly tls: TerminationIR | undefined;
  /** True: Envoy takes TLS connections alone, and reads no more of them than the server name. */
  readonly isPassthrough: boolean;
  readonly connections: ConnectionsIR | undefined;
  readonly network: NetworkIR;
  /** Undefined: any client may connect. */
  readonly clients: AddressRulesIR | undefined;
}

/** Says by the address of a client if it may connect: the first rule that has the address decides. */
export interface AddressRulesIR {
  readonly rules: readonly { readonly ranges: readonly string[]; readonly action: 'Allow' | 'Deny' }[];
  readonly rest: 'Allow' | 'Deny';
}

/**
 * Network filter that ends a chain: an HTTP server, one that answers 500 to every request, or a proxy of bytes, whose
 * config comes by ECDS.
 */
export type NetworkIR =
  | { readonly kind: 'http'; readonly table: string; readonly clients: ClientHttpIR | undefined }
  | { readonly kind: 'closed' }
  | { readonly kind: 'bytes'; readonly extension: string };

/** A port of datagrams. */
export interface UdpListenerIR extends AddressIR {
  readonly name: string;
  readonly port: number;
  readonly cluster: string;
  readonly accessLogs: AccessLogsIR;
}

/** Forwards each connection to one of the clusters, or closes it. */
export interface TcpProxyIR {
  readonly name: string;
  /** Prefix of its statistics. */
  readonly statPrefix: string;
  readonly backends: readonly WeightedClusterIR[];
  /** True: clusters with a hashing load balancer choose an endpoint by the client's address. */
  readonly hashesSource: boolean;
  readonly accessLogs: readonly AccessLogIR[];
  /** Undefined: Envoy's default. */
  readonly idleMs: number | undefined;
}

export interface WeightedClusterIR {
  /** Undefined: an invalid backend, whose share of the connections is closed. */
  readonly cluster: string | undefined;
  /** 1 at least. */
  readonly weight: number;
}

export interface TerminationIR {
  /** Protocols of HTTP that clients may choose; empty: Envoy chooses none, as the bytes are the backend's. */
  readonly alpn: readonly string[];
  /** SDS names of the certificates. At least one. */
  readonly certificates: readonly string[];
  /** Undefined: clients are not asked for a certificate. */
  readonly clients: ClientCertificatesIR | undefined;
  readonly settings: ClientTlsIR | undefined;
}

export interface ClientCertificatesIR {
  /** SDS name of the CAs and other checks. */
  readonly authorities: string;
  readonly isRequired: boolean;
}
