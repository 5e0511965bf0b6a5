import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Faults } from '../observe/faults.ts';

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly maxConnections: number;
  readonly requestTimeoutMs: number;
}

/** Rejects when the port is taken. A fault in `answer` is counted, and the client gets 500 or a cut answer. */
export async function startHttpServer(
  { address, port, maxConnections, requestTimeoutMs }: HttpServerOptions,
  answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
  faults: Faults,
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs });
  boundConnections(server, maxConnections);
  server.on('request', (request, response) => {
    void faults.guard('request', async () => {
      try {
        response.setHeader('cache-control', 'no-store');
        response.setHeader('x-content-type-options', 'nosniff');
        await answer(request, response);
      } catch (error) {
        fail(response);
        if (!hasClientLeft(error)) throw error;
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, resolve);
  });
  // Later errors concern one connection, which is closed already.
  server.on('error', (error) => faults.note('listener', error));
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns undefined when it has answered the request: not a GET, or no such page. */
export function pageOf<T>(
  request: IncomingMessage,
  response: ServerResponse,
  pages: ReadonlyMap<string, T>,
): T | undefined {
  if (request.method !== 'GET') {
    response.setHeader('allow', 'GET');
    sendText(response, 405, 'GET only\n');
    return undefined;
  }
  // Compared as sent, not decoded: no other spelling reaches a page.
  const page = pages.get(pathOf(request));
  if (page === undefined) sendText(response, 404, `try ${[...pages.keys()].join(' ')}\n`);
  return page;
}

export function pathOf({ url }: IncomingMessage): string {
  return url?.split('?', 1)[0] ?? '';
}

export function sendText(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body);
}

/** Ends the longest idle connection above `limit`. Node.js would refuse new ones, so idle clients could shut out others. */
function boundConnections(server: Server, limit: number): void {
  let connections = 0;
  const idle = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections++;
    idle.add(socket);
    socket.once('close', () => {
      connections--;
      idle.delete(socket);
    });
    if (connections <= limit) return;
    const [longest] = idle;
    longest?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else sendText(response, 500, 'a bug in Sluice: the log says more\n');
}

/** A client may leave in the middle of a list, which is no fault. */
function hasClientLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
