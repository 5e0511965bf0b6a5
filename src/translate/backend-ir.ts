import type { BalancerIR, ClusterTrafficIR, EndpointOptionsIR } from './traffic-ir.ts';
import type { ClientCertificates } from '../kinds/envoy-gateway/client-tls.ts';

/** Backends, certificates and CAs with every reference resolved, without Envoy's types; `envoy/` encodes them. */

/** A Cluster, and the protocol of its backends. */
export interface ClusterIR {
  readonly name: string;
  /** EDS name. Undefined without `resolved` and `members`: it may not be used, so that Envoy answers 503. */
  readonly endpoints: string | undefined;
  /** Endpoints by names that Envoy resolves. */
  readonly resolved?: readonly LocalityIR[] | undefined;
  /** Clusters that are tried in turn: the next takes what those before it cannot. */
  readonly members?: readonly string[] | undefined;
  readonly statName: string;
  readonly protocol: 'http1' | 'http2' | 'tcp' | 'udp';
  /** Undefined: clear text. */
  readonly tls: BackendTlsIR | undefined;
  /** Undefined: the defaults. */
  readonly traffic?: ClusterTrafficIR | undefined;
  /** True: it leads to a listener of the proxy itself, which bounds nothing and speaks the client's protocol. */
  readonly isInternal?: true | undefined;
  /** Load balancer of a UDP port, to which no other setting of connections applies. */
  readonly balancer?: BalancerIR | undefined;
}

export interface BackendTlsIR {
  readonly serverName?: string | undefined;
  /** Source of the server name in place of `serverName`: the host of each request, or of each endpoint. */
  readonly nameFrom?: 'request' | 'endpoint' | undefined;
  /** SDS name of the CAs; undefined: the backend's certificate is not verified, unless `trustsSystem`. */
  readonly authorities: string | undefined;
  /** True: the CAs of the proxy's system verify the certificate. Without `authorities`. */
  readonly trustsSystem?: true | undefined;
  /** SDS name of the certificate that the backend sees; undefined: none. */
  readonly certificate: string | undefined;
  readonly parameters: TlsParametersIR;
  /**
   * The backend's certificate has to have one of them; empty: the server name that was sent. A hostname may begin with
   * `*.`.
   */
  readonly names: readonly { readonly type: 'Hostname' | 'URI'; readonly value: string }[];
}

type TlsVersion = 'Auto' | '1.0' | '1.1' | '1.2' | '1.3';

/** Absent and empty fields: the defaults. */
export interface TlsParametersIR {
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
  readonly ciphers?: readonly string[];
  readonly ecdhCurves?: readonly string[];
  readonly signatureAlgorithms?: readonly string[];
  /** Undefined: those of the protocol; empty: none. */
  readonly alpnProtocols?: readonly string[] | undefined;
}

/** Endpoints of a zone; empty text: of none. */
export interface LocalityIR {
  readonly zone: string;
  readonly endpoints: readonly NamedEndpointIR[];
}

/** An endpoint with the name of its host; undefined: it has none but its address. */
export type NamedEndpointIR = ((EndpointIR & { readonly path?: undefined }) | { readonly path: string }) & {
  readonly hostname: string | undefined;
};

/** Endpoints of a Backend. */
export interface LocalAssignmentIR {
  readonly name: string;
  readonly localities: readonly LocalityIR[];
  /** Undefined: zones have no weights, and health checks go to the ports of endpoints. */
  readonly options?: EndpointOptionsIR | undefined;
}

/** Endpoints of several backends, each with its share of the traffic. */
export interface WeightedAssignmentIR {
  readonly name: string;
  readonly backends: readonly {
    readonly name: string;
    readonly weight: number;
    /** Undefined: an invalid backend, whose share is lost. */
    readonly endpoints: readonly EndpointIR[] | undefined;
  }[];
}

/** Sorted, each once. */
export interface ClusterLoadAssignmentIR {
  readonly name: string;
  readonly endpoints: readonly EndpointIR[];
  readonly options?: EndpointOptionsIR | undefined;
}

export interface EndpointIR {
  readonly address: string;
  readonly port: number;
  /** Given where it is asked for and known. */
  readonly zone?: string | undefined;
}

/** A server certificate with its key, both PEM. */
export interface SecretIR {
  readonly name: string;
  readonly certificateChain: string;
  readonly privateKey: string;
}

/** CAs of clients' certificates, as PEM text. */
export interface ClientAuthoritiesIR {
  readonly name: string;
  readonly bundle: string;
  readonly acceptsUntrusted: boolean;
}

/** Checks of clients' certificates that a policy asks for. */
export interface ClientChecksIR {
  readonly name: string;
  /** PEM text; empty: none. */
  readonly bundle: string;
  readonly acceptsUntrusted: boolean;
  /** One of these or of `hashes` has to fit, if there are any. */
  readonly keyHashes: readonly string[];
  readonly hashes: readonly string[];
  /** One has to fit, if there are any. */
  readonly names: ClientCertificates['subjectAltNames'];
  /** Revocation lists as PEM text; empty: none. */
  readonly revoked: string;
  readonly revokesLeafOnly: boolean;
  readonly acceptsExpired: boolean;
}

/** CAs of backends' certificates, as PEM text; undefined: those of the proxy's system. */
export interface BackendAuthoritiesIR {
  readonly name: string;
  readonly bundle: string | undefined;
}
