import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { DeltaDiscoveryRequest } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';

export interface Http2CallOptions {
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  /** HTTP/2 window of the stream and of the connection, in bytes; undefined: the 64 KiB that every client has at first. */
  readonly windowBytes?: number | undefined;
  /** Name in the server's certificate; `sluice` by default. */
  readonly serverName?: string | undefined;
  /** Request headers of the stream, besides those of gRPC. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One delta stream on a connection of its own, without a gRPC library: frames are written and read as they are. */
export class Http2Call {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;

  /** Errors are left to the caller's listeners, which may be none. */
  constructor({ port, tls, windowBytes, serverName = 'sluice', headers = {} }: Http2CallOptions) {
    this.session = connect(`http://127.0.0.1:${port}`, {
      settings: {
        enablePush: false,
        ...(windowBytes === undefined ? {} : { initialWindowSize: windowBytes }),
      },
      ...(tls === undefined ? {} : { createConnection: () => tlsSocket(port, tls, serverName) }),
    });
    this.session.on('error', () => {});
    this.session.on('connect', () => {
      if (windowBytes !== undefined) this.session.setLocalWindowSize(windowBytes);
    });
    this.stream = this.session.request(
      {
        ':method': 'POST',
        ':path': '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      },
      { endStream: false },
    );
    this.stream.on('error', () => {});
  }

  /** Resolves when the system has all of it, or the stream has ended. */
  send(request: DeltaDiscoveryRequest): Promise<void> {
    return this.write(grpcMessage(DeltaDiscoveryRequest.encode(request).finish()));
  }

  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.stream.once('close', resolve);
      this.stream.write(bytes, () => {
        this.stream.off('close', resolve);
        resolve();
      });
    });
  }

  close(): void {
    this.session.destroy();
  }
}

/** Frames a message as gRPC does. */
export function grpcMessage(bytes: Uint8Array): Buffer {
  const message = Buffer.alloc(5 + bytes.length);
  message.writeUInt32BE(bytes.length, 1);
  message.set(bytes, 5);
  return message;
}

export function tlsSocket(
  port: number,
  { certificate: cert, privateKey: key, ca }: TlsMaterial,
  servername: string,
) {
  return connectTls({
    port,
    host: '127.0.0.1',
    servername,
    cert,
    key,
    ca,
    ALPNProtocols: ['h2'],
  });
}
