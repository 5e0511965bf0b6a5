import {
  connect,
  type IncomingHttpHeaders,
  type ClientHttp2Session,
  type ClientHttp2Stream,
} from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';

/** A connection with one stream, whose client sends the bytes that it likes, or none, and ACKs nothing. */
export class RawProxy {
  /** Resolves when the connection is there, or has failed. */
  readonly connected: Promise<void>;
  /** Resolves with the first response; or, without one, at the end of the stream. */
  readonly answered: Promise<'response' | 'end'>;
  ended = false;
  /** The status of gRPC that the stream ended with. */
  status: number | undefined;
  /** Nothing is left of the stream. */
  closed = false;
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;

  /** `reads` false: it takes no byte beyond the 64 KiB that every client has room for at first. */
  constructor(port: number, { certificate: cert, privateKey: key, ca }: TlsMaterial, reads = true) {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername: 'sluice',
      cert,
      key,
      ca,
      ALPNProtocols: ['h2'],
    });
    this.#session = connect(`http://127.0.0.1:${port}`, { createConnection: () => socket });
    this.#session.on('error', () => {});
    this.connected = new Promise((resolve) => {
      this.#session.once('connect', () => resolve());
      this.#session.once('close', () => resolve());
    });
    this.#stream = this.#session.request(
      {
        ':method': 'POST',
        ':path': '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
        'content-type': 'application/grpc',
        te: 'trailers',
      },
      { endStream: false },
    );
    this.#stream.on('error', () => {});
    this.#stream.once('close', () => (this.closed = true));
    for (const event of ['response', 'trailers']) {
      this.#stream.once(event, ({ 'grpc-status': code }: IncomingHttpHeaders) => {
        if (code !== undefined) this.status = Number(code);
      });
    }
    this.answered = new Promise((resolve) => {
      if (reads) this.#stream.once('data', () => resolve('response'));
      for (const event of ['end', 'close']) {
        this.#stream.once(event, () => {
          this.ended = true;
          resolve('end');
        });
      }
    });
    if (reads) this.#stream.resume();
  }

  /** Resolves when all of it is with the system, or lost. */
  send(request: DeltaDiscoveryRequest): Promise<void> {
    return this.write(grpcMessage(DeltaDiscoveryRequest.encode(request).finish()));
  }

  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.once('close', resolve);
      this.#stream.write(bytes, () => resolve());
    });
  }

  close(): void {
    this.#session.destroy();
  }
}

/** A message as gRPC frames it. */
export function grpcMessage(bytes: Uint8Array): Buffer {
  const message = Buffer.alloc(5 + bytes.length);
  message.writeUInt32BE(bytes.length, 1);
  message.set(bytes, 5);
  return message;
}
