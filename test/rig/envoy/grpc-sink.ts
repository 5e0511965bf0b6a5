import { once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Bytes of a message, as Latin-1: texts in it are readable. */
  readonly message: string;
}

/** Takes calls of any gRPC service, and answers each with an empty message: a collector of logs or traces. */
export class GrpcSink {
  port = 0;
  readonly calls: Call[] = [];
  readonly #server = createServer();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor() {
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream: ServerHttp2Stream, headers) =>
      this.#serve(stream, headers[':path'] ?? '', { ...headers }),
    );
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

  /** Returns the messages of a service, which its path names. */
  messages(service: string): string[] {
    return this.calls.filter(({ path }) => path.includes(service)).map(({ message }) => message);
  }

  #serve(stream: ServerHttp2Stream, path: string, headers: Call['headers']): void {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    let left = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      left = Buffer.concat([left, chunk]);
      while (left.length >= prefixBytes && left.length >= prefixBytes + left.readUInt32BE(1)) {
        const end = prefixBytes + left.readUInt32BE(1);
        this.calls.push({ path, headers, message: left.toString('latin1', prefixBytes, end) });
        left = left.subarray(end);
      }
    });
    stream.on('end', () => stream.end(Buffer.alloc(prefixBytes)));
    stream.on('error', () => {});
  }
}

/** A message follows a byte for its compression, and its length. */
const prefixBytes = 5;
