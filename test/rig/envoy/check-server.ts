import { once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { BinaryWriter } from '@bufbuild/protobuf/wire';

/**
 * Lets requests pass whose bytes, as Envoy describes them, hold a text; by gRPC without TLS.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/auth/v3/external_auth.proto
 */
export class CheckServer {
  port = 0;
  readonly checked: string[] = [];
  readonly #password: string;
  readonly #server = createServer();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(password: string) {
    this.#password = password;
    this.#server.on('session', (session) => this.#sessions.add(session));
    this.#server.on('stream', (stream: ServerHttp2Stream) => this.#serve(stream));
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  close(): void {
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
  }

  #serve(stream: ServerHttp2Stream): void {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    stream.on('end', () => {
      const request = Buffer.concat(chunks).toString('latin1');
      this.checked.push(request);
      stream.end(answer(request.includes(this.#password) ? code.ok : code.permissionDenied));
    });
  }
}

/** https://grpc.io/docs/guides/status-codes/ */
const code = { ok: 0, permissionDenied: 7 } as const;

function answer(status: number): Buffer {
  const message = new BinaryWriter()
    .uint32((1 << 3) | 2)
    .fork()
    .uint32(1 << 3)
    .int32(status)
    .join()
    .finish();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
