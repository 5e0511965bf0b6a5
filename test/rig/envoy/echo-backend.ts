import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createSecureServer,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Echo {
  readonly backend: string;
  readonly httpVersion: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** By lower-case name; values of a repeated one in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

export type Behaviour =
  | { readonly kind: 'echo'; readonly headers?: Readonly<Record<string, string | readonly string[]>> }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'hold' }
  /** Closes the connection without an answer. */
  | { readonly kind: 'reset' };

/** `both`: whichever the client begins with, also behind a header of the PROXY protocol. */
export type Protocol = 'http1' | 'h2c' | 'both';

/** Answers 200 with an {@link Echo} on a loopback port, and echoes the bytes behind any protocol upgrade. */
export class EchoBackend {
  readonly name: string;
  /** `count`: requests so far, this one included. */
  behaviour: (request: Echo, count: number) => Behaviour = () => ({ kind: 'echo' });
  readonly requests: Echo[] = [];
  count = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** With `tls`, the client chooses the version of HTTP by ALPN. */
  constructor(name: string, protocol: Protocol = 'http1', tls?: SecureServerOptions) {
    this.name = name;
    this.#server = tls === undefined ? this.#create(protocol) : this.#createSecure(tls);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(address = '127.0.0.1', port = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host: address, backlog }, resolve);
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #createSecure(options: SecureServerOptions): Server {
    return createSecureServer({ ...options, allowHTTP1: true }, (request, response) =>
      this.#answer(request, response),
    ).on('tlsClientError', () => {});
  }

  #create(protocol: Protocol): Server {
    if (protocol === 'h2c') return createHttp2Server((request, response) => this.#answer(request, response));
    if (protocol === 'http1') {
      const server = createServer((request, response) => this.#answer(request, response));
      // Longer than any test: only tests end connections.
      server.keepAliveTimeout = 600_000;
      return server.on('upgrade', upgrade);
    }
    const [http1, h2c] = [this.#create('http1'), this.#create('h2c')];
    const begin = (socket: Socket): void => {
      const head = withoutProxyHeader(socket.read() as Buffer | null);
      if (head === undefined) return;
      if (head.length === 0) {
        socket.once('readable', () => begin(socket));
        return;
      }
      socket.unshift(head);
      // No HTTP/1 method begins so.
      (head.toString('latin1', 0, 3) === 'PRI' ? h2c : http1).emit('connection', socket);
    };
    return createTcpServer((socket) => socket.once('readable', () => begin(socket)));
  }

  #answer(
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void {
    request.resume();
    const echo = echoOf(this.name, request);
    this.count++;
    this.requests.push(echo);
    if (this.requests.length > maxRequests) this.requests.shift();
    const behaviour = this.behaviour(echo, this.count);
    switch (behaviour.kind) {
      case 'hold':
        return;
      case 'reset':
        request.socket.destroy();
        return;
      case 'status':
        response.statusCode = behaviour.status;
        response.end();
        return;
      case 'echo':
        for (const [name, value] of Object.entries(behaviour.headers ?? {})) {
          response.setHeader(name, typeof value === 'string' ? value : [...value]);
        }
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(echo));
    }
  }
}

/** Returns undefined at the end of the connection. */
function withoutProxyHeader(head: Buffer | null): Buffer | undefined {
  if (head === null) return undefined;
  if (head.toString('latin1', 0, 6) === 'PROXY ') return head.subarray(head.indexOf('\n') + 1);
  const isSecondVersion = head.subarray(0, 12).equals(Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'));
  return isSecondVersion ? head.subarray(16 + head.readUInt16BE(14)) : head;
}

const maxRequests = 1000;

/** Beyond it, a busy machine makes new connections fail after ten seconds. */
const backlog = 4096;

function echoOf(backend: string, request: IncomingMessage | Http2ServerRequest): Echo {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[i + 1] ?? '']);
  }
  return {
    backend,
    httpVersion: request.httpVersion,
    method: request.method ?? '',
    path: request.url ?? '',
    host: headers.get('host')?.[0] ?? headers.get(':authority')?.[0] ?? '',
    headers: Object.fromEntries(headers),
  };
}

function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${request.headers.upgrade ?? ''}\r\n\r\n`,
  );
  socket.write(head);
  socket.pipe(socket);
}
