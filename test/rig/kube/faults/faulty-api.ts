import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { ClientApi, type ClientApiOptions } from './client-api.ts';

export interface BehindProxy {
  /** `https://host:port`, or with `http` where that is enough. */
  readonly origin: string;
  readonly ca?: Buffer;
  readonly token?: string;
}

/** An HTTP proxy with a path for each Sluice, so that each has faults of its own. Plain HTTP towards Sluice. */
export class FaultyApi {
  readonly #behind: BehindProxy;
  readonly #server: http.Server;
  readonly #agent: http.Agent;
  readonly #clientApis = new Map<string, ClientApi>();
  #runs = 0;

  constructor(behind: BehindProxy) {
    this.#behind = behind;
    const { ca } = behind;
    this.#agent = isTls(behind)
      ? new https.Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
      : new http.Agent({ keepAlive: true });
    this.#server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const [, name = '', ...path] = (request.url ?? '').split('/');
      const clientApi = this.#clientApis.get(name);
      if (clientApi === undefined) response.writeHead(404).end();
      else clientApi.answer(new URL(`/${path.join('/')}`, 'http://api'), response);
    });
  }

  async start(): Promise<this> {
    this.#server.listen({ port: 0, host: '127.0.0.1', backlog });
    await once(this.#server, 'listening');
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  clientApi(options: ClientApiOptions): ClientApi {
    const name = `clientApi-${++this.#runs}`;
    const clientApi = new ClientApi(`/${name}`, options, (path, onAnswer) => this.#forward(path, onAnswer));
    this.#clientApis.set(name, clientApi);
    return clientApi;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  #forward(path: string, onAnswer: (answer: http.IncomingMessage | undefined) => void): http.ClientRequest {
    const { origin, token } = this.#behind;
    const { request } = isTls(this.#behind) ? https : http;
    const headers = {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const sent = request(`${origin}${path}`, { agent: this.#agent, headers });
    sent.on('response', onAnswer);
    sent.on('error', () => onAnswer(undefined));
    return sent.end();
  }
}

/** Hundreds of connections open at once; one without a place waits for seconds before its next attempt. */
const backlog = 4096;

function isTls({ origin }: BehindProxy): boolean {
  return origin.startsWith('https:');
}
