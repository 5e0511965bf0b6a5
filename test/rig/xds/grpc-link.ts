import { Client, credentials, Metadata, type ClientDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import type { DeltaRequest } from '../../../src/xds/delta-request.ts';
import type { Dial } from './client-options.ts';

const deltaAds = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** Client that, with TLS, accepts only the server `sluice`. */
export function grpcClient(
  port: number,
  tls?: Partial<TlsMaterial>,
  options: Readonly<Record<string, number>> = {},
): Client {
  // As Envoy: responses of any size; grpc-js would share connections of equal credentials.
  const own = {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  };
  if (tls === undefined) return new Client(`127.0.0.1:${port}`, credentials.createInsecure(), own);
  return new Client(
    `127.0.0.1:${port}`,
    credentials.createSsl(pemBuffer(tls.ca), pemBuffer(tls.privateKey), pemBuffer(tls.certificate)),
    { ...own, 'grpc.ssl_target_name_override': 'sluice' },
  );
}

/** One delta stream in bytes, by default on a connection of its own. */
export class GrpcStream {
  readonly received: Buffer[] = [];
  /** Set when the stream has ended. */
  status: StatusObject | undefined;
  /** Called with the status when the stream has ended. */
  onEnd: (status: StatusObject) => void = () => {};
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;

  /** Messages that `onMessage` takes are not kept in `received`. */
  constructor(
    to: number | Client,
    onMessage?: (message: Buffer) => void,
    method = deltaAds,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.#client = typeof to === 'number' ? grpcClient(to) : to;
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    this.#call = this.#client.makeBidiStreamRequest(method, same, same, metadata);
    this.#call.on('data', onMessage ?? ((message: Buffer) => void this.received.push(message)));
    this.#call.on('status', (status: StatusObject) => {
      this.status = status;
      this.onEnd(status);
    });
    // The status says the same, and an error without a listener would end the process.
    this.#call.on('error', () => {});
  }

  write(bytes: Uint8Array): void {
    this.#call.write(Buffer.from(bytes));
  }

  send(request: Partial<DeltaRequest>): void {
    this.write(encodeRequest(request));
  }

  cancel(): void {
    this.#call.cancel();
  }

  close(): void {
    this.cancel();
    this.#client.close();
  }
}

/** Stream for a `DeltaClient`; its first message has the node. */
export function overGrpc(to: number | Client, onEnd: (status: StatusObject) => void = () => {}): Dial {
  return (node, receive) => {
    const stream = new GrpcStream(to, receive);
    stream.onEnd = onEnd;
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

function pemBuffer(pem: string | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}

export function encodeRequest(request: Partial<DeltaRequest>): Uint8Array {
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
