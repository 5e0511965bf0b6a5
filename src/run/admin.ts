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
  /** Pages of the console, by path. */
  readonly console?: ReadonlyMap<string, AdminPage>;
}

export type AdminPage = (response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const maxConnections = 100;
const requestTimeoutMs = 10_000;

/**
 * Serves probes, metrics, `/debug/` and the console by GET. Shows no secrets and changes nothing.
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
  const pages = new Map<string, AdminPage>([
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
    ...[...(view.inForce ?? [])].map(([name, items]): [string, AdminPage] => [
      `/debug/in-force/${name}`,
      (response, query) => list(response, items(query)),
    ]),
    ...(view.console ?? []),
  ]);
  const onlyLoopback = isLoopback(place.address);
  return startHttpServer(
    { ...place, maxConnections, requestTimeoutMs },
    (request, response) => {
      const path = pathOf(request);
      const isDebug = path.startsWith('/debug/') || path.startsWith('/console');
      if (isDebug && !isLoopback(request.socket.remoteAddress ?? ''))
        return sendText(response, 403, 'for clients on loopback alone, such as kubectl port-forward\n');
      if ((isDebug || onlyLoopback) && !hasLoopbackHost(request))
        return sendText(response, 403, 'Host is not a loopback address\n');
      if (path.startsWith('/debug/') && isOfOtherSite(request))
        return sendText(response, 403, 'not for pages of another origin\n');
      const query = request.url?.slice(path.length + 1);
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

/** Browsers say where a request comes from; other clients, and a person who types the address, do not. */
function isOfOtherSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
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
