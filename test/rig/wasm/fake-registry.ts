import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { sha256, type WasmImage } from './wasm-image.ts';

export interface FakeRegistryOptions {
  readonly address?: string;
  readonly tls?: { readonly certificate: string; readonly privateKey: string };
  readonly auth?: 'none' | 'basic' | 'token';
}

export interface Instead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The read side of a registry, and plain files below `/files/`. */
export class FakeRegistry {
  /** Passwords by user; each may read everything. */
  readonly users = new Map<string, string>();
  readonly files = new Map<string, Buffer>();
  /** `METHOD PATH` of every request so far. */
  readonly asked: string[] = [];
  /** Last header by path; empty: none. */
  readonly authorizations = new Map<string, string>();
  instead: (method: string, path: string) => Instead | undefined = () => undefined;
  /** Where tokens are issued; by default here. */
  realm = '';
  readonly #options: FakeRegistryOptions;
  readonly #server: Server;
  readonly #manifests = new Map<string, WasmImage>();
  readonly #blobs = new Map<string, Buffer>();

  constructor(options: FakeRegistryOptions = {}) {
    this.#options = options;
    const { tls } = options;
    const listener: RequestListener = (request, response) => this.#onRequest(request, response);
    this.#server =
      tls === undefined
        ? createServer(listener)
        : createTlsServer({ cert: tls.certificate, key: tls.privateKey }, listener);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `${this.#options.address ?? '127.0.0.1'}:${this.port}`;
  }

  async start(): Promise<this> {
    this.#server.listen(0, this.#options.address ?? '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  push(repository: string, tag: string, pushed: WasmImage): void {
    this.#manifests.set(`${repository}:${tag}`, pushed);
    for (const each of [pushed, ...pushed.images]) {
      this.#manifests.set(`${repository}:sha256:${sha256(each.manifest)}`, each);
      for (const [digest, bytes] of each.blobs) this.#blobs.set(`${repository}@${digest}`, bytes);
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    const { pathname, searchParams } = new URL(url, 'http://x');
    this.asked.push(`${method} ${pathname}`);
    this.authorizations.set(pathname, headers.authorization ?? '');
    response.on('error', () => {});
    const instead = this.instead(method, pathname);
    if (instead !== undefined) return answer(response, instead);
    if (pathname === '/token') return this.#giveToken(headers.authorization, searchParams, response);
    if (!this.#isKnown(headers.authorization)) return this.#ask(response);
    if (pathname.startsWith('/files/')) return this.#giveFile(pathname.slice(7), headers, response);
    const [, repository = '', kind, reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(pathname) ?? [];
    const found = this.#manifests.get(`${repository}:${reference}`);
    const blob = this.#blobs.get(`${repository}@${reference.slice('sha256:'.length)}`);
    if (kind === 'manifests' && found !== undefined)
      return answer(response, {
        status: 200,
        headers: {
          'content-type': found.mediaType,
          'docker-content-digest': `sha256:${sha256(found.manifest)}`,
        },
        body: found.manifest,
      });
    if (kind === 'blobs' && blob !== undefined) return answer(response, { status: 200, body: blob });
    answer(response, refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown'));
  }

  #isKnown(authorization: string | undefined): boolean {
    const { auth } = this.#options;
    if (auth === 'basic') return this.#isUser(authorization);
    return auth !== 'token' || authorization === `Bearer ${token}`;
  }

  #isUser(authorization = ''): boolean {
    const [user = '', ...rest] = Buffer.from(authorization.replace('Basic ', ''), 'base64')
      .toString()
      .split(':');
    return this.users.get(user) === rest.join(':');
  }

  #ask(response: ServerResponse): void {
    const scheme = this.#options.tls === undefined ? 'http' : 'https';
    const realm = this.realm === '' ? `${scheme}://${this.host}/token` : this.realm;
    const challenge =
      this.#options.auth === 'basic' ? 'Basic realm="r"' : `Bearer realm="${realm}",service="registry"`;
    const refused = refusal(401, 'UNAUTHORIZED', 'authentication required');
    answer(response, { ...refused, headers: { ...refused.headers, 'www-authenticate': challenge } });
  }

  #giveToken(authorization: string | undefined, query: URLSearchParams, response: ServerResponse): void {
    const isGood = this.#isUser(authorization) && query.get('service') === 'registry';
    if (!isGood) return answer(response, refusal(401, 'UNAUTHORIZED', 'incorrect username or password'));
    answer(response, { status: 200, body: JSON.stringify({ token }) });
  }

  #giveFile(path: string, headers: IncomingMessage['headers'], response: ServerResponse): void {
    const file = this.files.get(path);
    if (file === undefined) return answer(response, { status: 404 });
    const etag = `"${sha256(file)}"`;
    if (headers['if-none-match'] === etag) return answer(response, { status: 304 });
    answer(response, { status: 200, headers: { etag }, body: file });
  }
}

const token = 'a.b.c';

function refusal(status: number, code: string, message: string): Instead {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [{ code, message, detail: null }] }),
  };
}

function answer(response: ServerResponse, { status, headers, body = '' }: Instead): void {
  const isChunked = headers?.['transfer-encoding'] !== undefined;
  response.writeHead(status, {
    ...(!isChunked && { 'content-length': Buffer.byteLength(body) }),
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
