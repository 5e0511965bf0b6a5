import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as immediate } from 'node:timers/promises';
import { isLoopback } from '../config/loopback.ts';
import type { Faults } from '../observe/faults.ts';
import type { Metrics } from '../observe/metrics.ts';
import { pageOf, pathOf, sendText, startHttpServer, type HttpServer } from './http-server.ts';
import { jsonList } from './json-text.ts';
import { probePages } from './probes.ts';

export interface AdminView {
  /** Returns the reason; undefined: ready. */
  notReady(): string | undefined;
  /** `{apiVersion, kind, metadata, status}` of every object. */
  objects(): Iterable<unknown>;
  problems(): Iterable<unknown>;
  /** Connected proxies in short; with an id, those of that id in full. */
  proxies(id: string | undefined): Iterable<unknown>;
  /** Pages of what is in force, by name; absent in a process that serves no proxies. */
  readonly inForce?: ReadonlyMap<string, (query: URLSearchParams) => Iterable<unknown>>;
}

type Page = (response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const maxConnections = 100;
const requestTimeoutMs = 10_000;

/**
 * Serves probes, metrics and `/debug/` by GET. Shows no secrets and changes nothing.
 * Pages under `/debug/` show names, hosts and messages of all tenants, so they are for clients on loopback alone, such
 * as `kubectl port-forward`. There, and everywhere on a loopback address, the Host header must be a loopback one: else
 * a web page in the user's browser could read them through a DNS name that points here.
 */
export async function startAdmin(
  place: { readonly address: string; readonly port: number },
  view: AdminView,
  metrics: Metrics,
  faults: Faults,
): Promise<HttpServer> {
  const pages = new Map<string, Page>([
    ...probePages(() => view.notReady()),
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
    ...[...(view.inForce ?? [])].map(([name, items]): [string, Page] => [
      `/debug/in-force/${name}`,
      (response, query) => list(response, items(query)),
    ]),
  ]);
  const onlyLoopback = isLoopback(place.address);
  return startHttpServer(
    { ...place, maxConnections, requestTimeoutMs },
    (request, response) => {
      const isDebug = pathOf(request).startsWith('/debug/');
      if (isDebug && !isLoopback(request.socket.remoteAddress ?? ''))
        return sendText(response, 403, 'for clients on loopback alone, such as kubectl port-forward\n');
      if ((isDebug || onlyLoopback) && !hasLoopbackHost(request))
        return sendText(response, 403, 'Host is not a loopback address\n');
      const query = request.url?.slice(pathOf(request).length + 1);
      return pageOf(request, response, pages)?.(response, new URLSearchParams(query));
    },
    faults,
  );
}

/** An attacker can point any name but `localhost` at 127.0.0.1. */
function hasLoopbackHost({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 ? isLoopback(host) : host.toLowerCase() === 'localhost';
}

/** Writes one piece a turn, at the reader's pace: all objects as one text would block the main thread. */
async function list(response: ServerResponse, items: Iterable<unknown>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  await pipeline(Readable.from(inTurns(jsonList(items))), response);
}

/** A fast reader would otherwise get everything in one turn. */
async function* inTurns(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await immediate();
  }
}
