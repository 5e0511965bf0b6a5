import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as immediate } from 'node:timers/promises';
import { isLoopback } from '../config/loopback.ts';
import type { Faults } from '../observe/faults.ts';
import type { Metrics } from '../observe/metrics.ts';
import { jsonList } from './json-text.ts';

/** What the admin server shows of a control plane. */
export interface AdminView {
  /** Why the control plane is not ready yet, or undefined when it is. */
  notReady(): string | undefined;
  /** Status of every object, as `{apiVersion, kind, metadata, status}`. */
  objects(): Iterable<unknown>;
  /** What is wrong with the source's objects. */
  problems(): Iterable<unknown>;
  /** Connected proxies and what each of them has, in short; with an id, those of that id with all of it. */
  proxies(id: string | undefined): Iterable<unknown>;
}

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

type Route = (response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const maxConnections = 100;
const requestTimeoutMs = 10_000;

/**
 * `/healthz`, `/readyz`, `/metrics`, `/debug/objects`, `/debug/problems` and `/debug/proxies`, by GET. It shows no secrets
 * and changes nothing. Rejects when the port cannot be had. A request that goes wrong is answered with 500, or with an end
 * in the middle of what was begun.
 *
 * On a loopback address it answers only when the Host header is a loopback one, so that a web page in the user's
 * browser cannot read it through a DNS name that it points here.
 */
export async function startAdmin(
  { address, port }: { readonly address: string; readonly port: number },
  view: AdminView,
  metrics: Metrics,
  faults: Faults,
): Promise<AdminServer> {
  const routes = new Map<string, Route>([
    ['/healthz', (response) => text(response, 200, 'ok\n')],
    [
      '/readyz',
      (response) => {
        const reason = view.notReady();
        text(response, reason === undefined ? 200 : 503, `${reason ?? 'ready'}\n`);
      },
    ],
    [
      '/metrics',
      async (response) => {
        const body = await metrics.registry.metrics();
        response.setHeader('content-type', metrics.registry.contentType);
        response.end(body);
      },
    ],
    ['/debug/objects', (response) => list(response, view.objects())],
    ['/debug/problems', (response) => list(response, view.problems())],
    ['/debug/proxies', (response, query) => list(response, view.proxies(query.get('proxy') ?? undefined))],
  ]);
  const onlyLoopbackHosts = isLoopback(address);
  const answer = (request: IncomingMessage, response: ServerResponse): void | Promise<void> => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    if (onlyLoopbackHosts && !hasLoopbackHost(request))
      return text(response, 403, 'Host is not a loopback address\n');
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET');
      return text(response, 405, 'GET only\n');
    }
    // The path is compared as sent: nothing is decoded or resolved, so no other spelling reaches a route.
    const [path = '', ...query] = request.url?.split('?') ?? [];
    const route = routes.get(path);
    if (route === undefined) return text(response, 404, `try ${[...routes.keys()].join(' ')}\n`);
    return route(response, new URLSearchParams(query.join('?')));
  };
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs });
  server.maxConnections = maxConnections;
  server.on('request', (request, response) => {
    void faults.guard('request', async () => {
      try {
        await answer(request, response);
      } catch (error) {
        fail(response);
        if (!isClientGone(error)) throw error;
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, resolve);
  });
  // Errors from here on concern one connection, which is gone already.
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

/** A name other than `localhost` can be one that an attacker points at 127.0.0.1. */
function hasLoopbackHost({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 ? isLoopback(host) : host.toLowerCase() === 'localhost';
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body);
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else text(response, 500, 'a bug in Sluice: the log says more\n');
}

/** A reader may leave in the middle of a list, which is no fault of anybody's. */
function isClientGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** One piece a turn, at the reader's pace: a fleet's objects as one text would stop the main thread. */
async function list(response: ServerResponse, items: Iterable<unknown>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  await pipeline(Readable.from(inTurns(jsonList(items))), response);
}

/** A reader that keeps up would otherwise get all of them before anybody else has a turn. */
async function* inTurns(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await immediate();
  }
}
