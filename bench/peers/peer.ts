import type { TlsMaterial } from '../../src/lib/tls-identity.ts';

/** A control plane that is measured: Sluice, or one that it is compared with. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Name of the GatewayClass that its Gateways have; `start` makes the object. */
  readonly gatewayClass: string;
  /** Name under which it writes statuses. */
  readonly controllerName: string;
  /** Builds its program into the cache, unless it is there; `progress` is called with a line for people. */
  build(progress: (line: string) => void): Promise<void>;
  /**
   * Applies its CRDs and its GatewayClass, and starts it on the cluster. The Gateways need not exist yet.
   * One process of a peer runs at a time; different peers may run at once, on the same API server.
   */
  start(site: Site, gateways: readonly GatewayName[]): Promise<RunningPeer>;
}

export interface Site {
  /** Gives the rights of an admin; its server answers where this process runs. */
  readonly kubeconfig: string;
  /** Gets certificates and logs of the peer; it exists. */
  readonly folder: string;
}

export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
}

export interface RunningPeer {
  /** Start of its process, in milliseconds of `performance.now()`; CRDs and certificates are there by then. */
  readonly startedAt: number;
  /** Resolves when it accepts xDS streams, which may be before it has read every object; rejects when its process has ended. */
  ready(): Promise<void>;
  /** Ids of all of its processes, for CPU and memory from /proc. */
  processes(): readonly number[];
  /** Says how a hand-written client connects as a proxy of the Gateway; after `ready`. */
  tap(gateway: GatewayName): Promise<Tap>;
  /** JSON of a bootstrap with the node's id, and with an admin port that the system chooses; after `ready`. */
  envoyBootstrap(gateway: GatewayName): Promise<string>;
  /** Returns the port on which Envoy listens for a port of the Gateway. Envoy Gateway itself has 8080, 8081 and 18000 to 19001. */
  listenPort(port: number): number;
  /** Ends its processes; objects stay in the cluster. */
  stop(): Promise<void>;
}

export interface Tap {
  /**
   * `delta`: one ADS stream. `sotw`: state of the world without ADS: a stream for each subscription of each type, as Envoy
   * opens them then, one for each ClusterLoadAssignment.
   */
  readonly protocol: 'delta' | 'sotw';
  /** On 127.0.0.1. */
  readonly port: number;
  /** Its certificate and key are empty where the client shows a token in `headers` instead. */
  readonly tls: TlsMaterial;
  /** SNI, and the name in the server's certificate. */
  readonly serverName: string;
  /** Request headers of each stream, such as a token. */
  readonly headers: Readonly<Record<string, string>>;
  /** Window of its proxies for a stream, where their bootstrap sets one. */
  readonly windowBytes?: number;
  readonly node: {
    readonly id: string;
    readonly cluster: string;
    /** Content of a protobuf Struct. */
    readonly metadata: Readonly<Record<string, unknown>>;
  };
}
