import {
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { isIPv6 } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { TlsIdentity } from '../lib/tls-identity.ts';
import { decodeDeltaRequest } from './codec.ts';
import type { DeltaRequest, ProxyNode } from './delta-request.ts';
import type { DeltaMessage } from './response.ts';
import { TlsFront, type Admission } from './tls-front.ts';

export interface ServerOptions {
  readonly address: string;
  readonly port: number;
  /** `off` lets everybody be any proxy, so it is for loopback alone. */
  readonly tls: 'off' | TlsIdentity;
  /** A reconnecting proxy names everything that it has in one message. */
  readonly maxRequestBytes: number;
}

/** One client, as the rest of `xds/` sees it. */
export interface Connection {
  /** Messages of the client, in order; the first has a node. */
  receive(request: DeltaRequest): void;
  close(): void;
}

/** The accepting side: `connect` is called with the first message of each stream. */
export type Connect = (
  node: ProxyNode & { readonly peer: string },
  write: (message: DeltaMessage) => void,
) => Connection;

/**
 * Why a client was refused: it has no good certificate; its certificate is another Gateway's, or nobody's; or what it
 * asks is no delta ADS.
 */
export type RefusalReason = 'certificate' | 'identity' | 'request';

/** What the server works with, and whom it tells. */
export interface ServerPorts {
  readonly clock: Clock;
  readonly connect: Connect;
  /** `client` is `address:port`; `details` is one line, which may quote the client. Must not throw. */
  readonly onRefused: (reason: RefusalReason, client: string, details: string) => void;
}

/**
 * The ADS endpoint: one RPC, delta only. Messages are bytes on both sides, so that grpc-js neither encodes nor decodes.
 *
 * With TLS the certificate of the client says of which Gateway it is a proxy, and `node.cluster` must be that Gateway:
 * whoever has one proxy's key reads one Gateway's config.
 */
export class AdsServer {
  readonly #options: ServerOptions;
  readonly #ports: ServerPorts;
  readonly #server: Server;
  #front: TlsFront | undefined;

  constructor(options: ServerOptions, ports: ServerPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxRequestBytes,
      // A proxy whose network is gone without a word is noticed within half a minute.
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
    const implementation: UntypedServiceImplementation = {
      deltaAggregatedResources: (call: AdsCall) => this.#serve(call),
    };
    this.#server.addService(adsService, implementation);
  }

  /** Resolves to the port, which the system chooses for port 0. Clients are refused until there is an identity. */
  listen(): Promise<number> {
    const { address, port, tls } = this.#options;
    if (tls !== 'off') {
      // TLS is ours, not grpc-js's: theirs has no way to ask for TLS 1.3, nor tells why a client was refused.
      const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
      this.#front = new TlsFront(tls, {
        clock: this.#ports.clock,
        onConnection: (socket) => injector.injectConnection(socket),
        onRefused: (client, details) => this.#ports.onRefused('certificate', client, details),
      });
      return this.#front.listen(port, address);
    }
    const host = isIPv6(address) ? `[${address}]` : address;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  /** Ends every stream. Proxies keep what they have and connect elsewhere, or again. */
  close(): void {
    this.#server.forceShutdown();
    this.#front?.close();
  }

  #serve(call: AdsCall): void {
    const client = call.getPeer();
    const refuse = (code: status, reason: RefusalReason, details: string): void => {
      this.#ports.onRefused(reason, client, details);
      call.emit('error', { code, details });
    };
    const admission: Admission | undefined = this.#front?.admit(client);
    if (admission?.kind === 'refused') {
      const { reason, details } = admission;
      refuse(reason === 'identity' ? status.PERMISSION_DENIED : status.UNAUTHENTICATED, reason, details);
      return;
    }
    serve(call, admission?.gateway, this.#ports.connect, refuse);
  }
}

type AdsCall = ServerDuplexStream<Buffer, DeltaMessage>;

const adsService: ServiceDefinition = {
  deltaAggregatedResources: {
    path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
    requestStream: true,
    responseStream: true,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    // grpc-js copies a message into the frame that it sends, and asks nothing else of it.
    responseSerialize: (message: DeltaMessage) => message as unknown as Buffer,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

/** `gateway` is what the client has proved to be a proxy of; undefined: it may be one of any. */
function serve(
  call: AdsCall,
  gateway: string | undefined,
  connect: Connect,
  onRefused: (code: status, reason: RefusalReason, details: string) => void,
): void {
  let connection: Connection | undefined;
  const end = (): void => {
    connection?.close();
    connection = undefined;
  };
  let isRefused = false;
  const refuse = (code: status, reason: RefusalReason, details: string): void => {
    isRefused = true;
    end();
    onRefused(code, reason, details);
  };
  const refuseRequest = (details: string): void => refuse(status.INVALID_ARGUMENT, 'request', details);
  call.on('data', (bytes: Buffer) => {
    // What the client had sent before it heard of the end.
    if (isRefused) return;
    const request = readRequest(bytes);
    if (request === undefined) return refuseRequest('not a DeltaDiscoveryRequest');
    if (request.typeUrl === '') return refuseRequest('type_url is required on an aggregated stream');
    if (connection === undefined) {
      const { node } = request;
      if (node === undefined || node.id === '' || node.cluster === '') {
        return refuseRequest('the first message needs node.id, and node.cluster as namespace/gateway');
      }
      if (gateway !== undefined && node.cluster !== gateway) {
        const asked = JSON.stringify(node.cluster.slice(0, maxQuoted));
        const details = `the client certificate is for Gateway ${gateway}, and node.cluster is ${asked}`;
        return refuse(status.PERMISSION_DENIED, 'identity', details);
      }
      connection = connect({ ...node, peer: call.getPeer() }, (message) => void call.write(message));
    }
    connection.receive(request);
  });
  call.on('end', () => {
    end();
    call.end();
  });
  // `error` and `close` may each come without the other; `end` is idempotent.
  call.on('error', end);
  call.on('close', end);
  call.on('cancelled', end);
}

/** Of a client's own words in ours. */
const maxQuoted = 100;

function readRequest(bytes: Buffer): DeltaRequest | undefined {
  try {
    return decodeDeltaRequest(bytes);
  } catch {
    return undefined;
  }
}
