import type { ServerResponse } from 'node:http';
import type { Faults } from '../observe/faults.ts';
import { pageOf, sendText, startHttpServer, type HttpServer } from './http-server.ts';

export type Probe = (response: ServerResponse) => void;

/** `notReady` returns the reason; undefined: ready. */
export function probePages(notReady: () => string | undefined): ReadonlyMap<string, Probe> {
  return new Map([
    ['/healthz', (response) => sendText(response, 200, 'ok\n')],
    [
      '/readyz',
      (response) => {
        const reason = notReady();
        sendText(response, reason === undefined ? 200 : 503, `${reason ?? 'ready'}\n`);
      },
    ],
  ]);
}

const maxConnections = 64;
/** A probe sends its request at once. */
const requestTimeoutMs = 2000;

/** Serves probes on a listener of their own, whatever the load of the admin server. One request a connection. */
export function startProbes(
  place: { readonly address: string; readonly port: number },
  notReady: () => string | undefined,
  faults: Faults,
): Promise<HttpServer> {
  const pages = probePages(notReady);
  return startHttpServer(
    { ...place, maxConnections, requestTimeoutMs },
    (request, response) => {
      response.setHeader('connection', 'close');
      pageOf(request, response, pages)?.(response);
    },
    faults,
  );
}
