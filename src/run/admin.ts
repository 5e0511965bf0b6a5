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

/** State of a control plane, as the admin server shows it. */
export interface AdminView {
  /** Says why the control plane is not ready yet, or undefined when it is. */
  notReady(): string | undefined;
  /** Status of every object, as `{apiVersion, kind, metadata, status}`. */
  objects(): Iterable<unknown>;
  /** Lists what is wrong with the source's objects. */
  problems(): Iterable<unknown>;
  /** Connected proxies and what each of them has, in short; with an id, those of that id with all of it. */
  proxies(id: string | undefined): Iterable<unknown>;
}

type Page = (response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const maxConnections = 100;
const requestTimeoutMs = 10_000;

/**
 * `/healthz`, `/readyz`, `/metrics`, `/debug/objects`, `/debug/problems` and `/debug/proxies`, by GET. It shows no secrets
 * and changes nothing.
 *
 * The pages under `/debug/` tell names, hosts and messages of all tenants: they are for clients on loopback alone, as
 * `kubectl port-forward` is. There, and everywhere on a loopback address, the Host header must be a loopback one, so that a web
 * page in the user's browser cannot read them through a DNS name that it points here.
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

/** A name other than `localhost` can be one that an attacker points at 127.0.0.1. */
function hasLoopbackHost({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 ? isLoopback(host) : host.toLowerCase() === 'localhost';
}

/** Writes one piece a turn, at the reader's pace: a fleet's objects as one text would stop the main thread. */
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
