import { Client, credentials, type ClientDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { DeltaRequest } from '../../src/xds/delta-request.ts';
import type { Dial } from './delta-client.ts';

const method = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** One delta stream over a connection of its own to a server on this host. What is sent and received is bytes. */
export class GrpcStream {
  readonly received: Buffer[] = [];
  /** Set when the stream has ended. */
  status: StatusObject | undefined;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;

  constructor(port: number, onMessage?: (message: Buffer) => void) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    this.#call = this.#client.makeBidiStreamRequest(method, same, same);
    this.#call.on('data', (message: Buffer) => {
      this.received.push(message);
      onMessage?.(message);
    });
    this.#call.on('status', (status: StatusObject) => (this.status = status));
    // The status says the same, and an error nobody listens for would end the test run.
    this.#call.on('error', () => {});
  }

  write(bytes: Uint8Array): void {
    this.#call.write(Buffer.from(bytes));
  }

  send(request: Partial<DeltaRequest>): void {
    this.write(encodeRequest(request));
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}

/** For a `DeltaClient`; its first message has the node. */
export function overGrpc(port: number): Dial {
  return (node, receive) => {
    const stream = new GrpcStream(port, receive);
    let first = true;
    return {
      send: (request) => {
        stream.send(first ? { ...request, node } : request);
        first = false;
      },
      close: () => stream.close(),
    };
  };
}

function encodeRequest(request: Partial<DeltaRequest>): Uint8Array {
  const { error, node } = request;
  return DeltaDiscoveryRequest.encode({
    typeUrl: request.typeUrl,
    ...(node === undefined ? {} : { node }),
    resourceNamesSubscribe: [...(request.subscribe ?? [])],
    resourceNamesUnsubscribe: [...(request.unsubscribe ?? [])],
    initialResourceVersions: new Map(request.initialVersions),
    responseNonce: request.nonce,
    ...(error === undefined ? {} : { errorDetail: { code: 3, message: error } }),
  }).finish();
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
