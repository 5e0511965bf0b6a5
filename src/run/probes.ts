import type { ServerResponse } from 'node:http';
import type { Faults } from '../observe/faults.ts';
import { pageOf, sendText, startHttpServer, type HttpServer } from './http-server.ts';

export type Probe = (response: ServerResponse) => void;

/** `/healthz` and `/readyz`. `notReady`: the reason why the control plane is not ready, or undefined when it is. */
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

/**
 * Serves the probes alone, on a listener of their own: those of the kubelet are answered whatever is asked of the admin server. Each
 * connection ends with its answer.
 */
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
