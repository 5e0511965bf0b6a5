import { Agent, type Dispatcher } from 'undici';
import { contentHash } from '../lib/hash.ts';
import type { ClusterAccess, TlsOptions } from './cluster-access.ts';
import { Fault, statusFault } from './fault.ts';
import { parseJson } from './watch-event.ts';

export type Body = AsyncIterable<Buffer>;

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: URLSearchParams;
  /** Default: `application/json`. Each kind of patch has a type of its own. */
  readonly contentType?: string;
  readonly body?: unknown;
}

/** Bound of an error or a discovery document, which has some kilobytes for each group. */
const maxDocumentBytes = 4 * 1024 * 1024;

const connectTimeoutMs = 10_000;

const keepAliveProbeMs = 30_000;

/**
 * Sends requests to the API server over one agent: a new connection costs 5 ms of CPU for TLS.
 * HTTP/1.1 gives each watch its own connection, so a slow reader delays no other watch. The only time limit here is for
 * connecting; callers use {@link underWatchdog}.
 */
export class ApiServer {
  readonly #access: ClusterAccess;
  #agent: Agent | undefined;
  #agentTls: TlsOptions | undefined;
  #agentHash = '';
  /** Agents of earlier credentials: their watches may still run. */
  readonly #retired = new Set<Agent>();
  #closed = false;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  get hostname(): string {
    return new URL(this.#access.origin).hostname.replace(/^\[(.*)\]$/, '$1');
  }

  /**
   * Sends a GET. The caller must read or abort the body of the 200. Throws a {@link Fault}, or the reason of an abort.
   */
  async get(path: string, query: URLSearchParams, signal: AbortSignal): Promise<Body> {
    const { statusCode, headers, body } = await this.#request('GET', path, query, signal);
    if (statusCode === 200) return body;
    const text = await readAll(body);
    throw statusFault(statusCode, lenientJson(text), retryAfterMs(headers['retry-after']));
  }

  /** Writes, or reads one object. Throws a {@link Fault}, whose reason for a 409 is `conflict`. */
  async send({ method, path, query, contentType, body }: Sent, signal: AbortSignal): Promise<unknown> {
    const content = body === undefined ? undefined : { type: contentType ?? 'application/json', body };
    const answer = await this.#request(method, path, query ?? new URLSearchParams(), signal, content);
    const text = await readAll(answer.body);
    if (answer.statusCode >= 200 && answer.statusCode < 300) return text.length === 0 ? {} : parseJson(text);
    throw statusFault(answer.statusCode, lenientJson(text), retryAfterMs(answer.headers['retry-after']));
  }

  async document(path: string, signal: AbortSignal): Promise<unknown> {
    try {
      return parseJson(await readAll(await this.get(path, new URLSearchParams(), signal)));
    } catch (error) {
      if (error instanceof Fault && error.reason === 'absent') return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const agents = [...this.#retired, ...(this.#agent === undefined ? [] : [this.#agent])];
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  async #request(
    method: Sent['method'],
    path: string,
    query: URLSearchParams,
    signal: AbortSignal,
    content?: { readonly type: string; readonly body: unknown },
  ): Promise<Dispatcher.ResponseData> {
    const { origin, pathPrefix } = this.#access;
    const { headers, tls } = await unlessAborted(this.#access.credentials(), signal).catch(
      (error: unknown) => {
        // The message may quote the output of a credential helper.
        throw new Fault('unauthorized', `there are no credentials for the API server (${codeOf(error)})`);
      },
    );
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    return this.#agentFor(tls).request({
      origin,
      path: `${pathPrefix}${path}${search}`,
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'sluice',
        ...(content === undefined ? {} : { 'content-type': content.type }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: JSON.stringify(content.body) }),
      signal,
    });
  }

  /** Returns the agent for these TLS options: new certificates need new connections. */
  #agentFor(tls: TlsOptions): Agent {
    if (this.#closed) throw new Fault('closed', 'the source is closed');
    if (this.#agent !== undefined && tls === this.#agentTls) return this.#agent;
    this.#agentTls = tls;
    const hash = contentHash(
      JSON.stringify([tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map(String)),
    );
    if (this.#agent !== undefined && hash === this.#agentHash) return this.#agent;
    const before = this.#agent;
    if (before !== undefined) {
      this.#retired.add(before);
      void before.close().then(
        () => this.#retired.delete(before),
        () => {},
      );
    }
    this.#agentHash = hash;
    this.#agent = new Agent({
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: connectTimeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveProbeMs,
        ...definedOnly(tls),
      },
    });
    return this.#agent;
  }
}

/** Stops waiting when the signal aborts: a credential helper is another program, which may never end. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function readAll(body: Body): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxDocumentBytes) throw new Fault('garbled', 'the answer of the API server is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Parses a Status; a proxy in front of the API server may send anything. */
function lenientJson(text: Buffer): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Reads the form in seconds: API servers send no other. */
function retryAfterMs(header: string | string[] | undefined): number {
  const seconds = typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : 0;
  return seconds * 1000;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}

function definedOnly(tls: TlsOptions): object {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}
