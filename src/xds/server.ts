import {
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { decodeDeltaRequest } from './codec.ts';
import type { DeltaRequest } from './delta-request.ts';
import type { DeltaMessage } from './response.ts';

export interface ServerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: 'off' | { readonly certificate: Buffer; readonly privateKey: Buffer; readonly ca: Buffer };
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
  node: { readonly id: string; readonly cluster: string },
  write: (message: DeltaMessage) => void,
) => Connection;

/**
 * The ADS endpoint: one RPC, delta only. Messages are bytes on both sides, so that grpc-js neither encodes nor decodes.
 */
export class AdsServer {
  readonly #options: ServerOptions;
  readonly #server: Server;

  constructor(options: ServerOptions, connect: Connect) {
    this.#options = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxRequestBytes,
      // A proxy whose network is gone without a word is noticed within half a minute.
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
    });
    const implementation: UntypedServiceImplementation = {
      deltaAggregatedResources: (call: AdsCall) => serve(call, connect),
    };
    this.#server.addService(adsService, implementation);
  }

  /** Resolves to the port, which the system chooses for port 0. */
  listen(): Promise<number> {
    const { address, port, tls } = this.#options;
    const credentials =
      tls === 'off'
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(
            tls.ca,
            [{ private_key: tls.privateKey, cert_chain: tls.certificate }],
            true,
          );
    const host = address.includes(':') ? `[${address}]` : address;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  /** Ends every stream. Proxies keep what they have and connect elsewhere, or again. */
  close(): void {
    this.#server.forceShutdown();
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

function serve(call: AdsCall, connect: Connect): void {
  let connection: Connection | undefined;
  const end = (): void => {
    connection?.close();
    connection = undefined;
  };
  const refuse = (details: string): void => {
    end();
    call.emit('error', { code: status.INVALID_ARGUMENT, details });
  };
  call.on('data', (bytes: Buffer) => {
    const request = readRequest(bytes);
    if (request === undefined) return refuse('not a DeltaDiscoveryRequest');
    if (request.typeUrl === '') return refuse('type_url is required on an aggregated stream');
    if (connection === undefined) {
      if (request.node === undefined || request.node.id === '' || request.node.cluster === '') {
        return refuse('the first message needs node.id, and node.cluster as namespace/gateway');
      }
      connection = connect(request.node, (message) => void call.write(message));
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

function readRequest(bytes: Buffer): DeltaRequest | undefined {
  try {
    return decodeDeltaRequest(bytes);
  } catch {
    return undefined;
  }
}
