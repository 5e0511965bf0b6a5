import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { Client, type Dispatcher } from 'undici';
import { must } from '../lib/assert.ts';
import { joinBytes } from '../lib/own-bytes.ts';
import type { AddressGuard } from './address-guard.ts';
import { connectionFailure, denied, unreachable, type FetchFailure } from './fetch-failure.ts';
import type { NameLookup } from './name-lookup.ts';

export interface GuardedHttpOptions {
  readonly guard: AddressGuard;
  readonly lookup: NameLookup;
  /** PEM, in addition to the authorities of the system. */
  readonly ca: string | undefined;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface GuardedResponse {
  /** Host of the last redirect, for messages. */
  readonly host: string;
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: AsyncIterable<Uint8Array> & { dump(): Promise<void> };
}

export interface GuardedRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent only to the host of the URL and over the same scheme, never after a redirect elsewhere. */
  readonly authorization?: string | undefined;
}

const maxRedirects = 3;

/** Bound of an error body. */
const maxWordsBytes = 4096;

/**
 * Sends the HTTP requests of one attempt. A host is resolved once, its addresses are checked, and all connections go to
 * these: a name that resolves to another address later has no effect. Redirects are checked alike.
 */
export class GuardedHttp {
  readonly #options: GuardedHttpOptions;
  readonly #clients = new Map<string, Promise<Client>>();

  constructor(options: GuardedHttpOptions) {
    this.#options = options;
  }

  /** Follows redirects. Throws a FetchFailure when there is no response, not for a status. */
  async request(
    start: URL,
    { method = 'GET', headers, authorization }: GuardedRequest,
  ): Promise<GuardedResponse> {
    let url = start;
    for (let hops = 0; ; hops++) {
      const isHome = url.origin === start.origin;
      const response = await this.#send(url, method, {
        ...headers,
        ...(isHome && authorization !== undefined && { authorization }),
      });
      const location = response.headers['location'];
      if (!isRedirect(response.status) || typeof location !== 'string') return response;
      await response.body.dump();
      if (hops === maxRedirects)
        throw denied('place', `${start.host} redirects more than ${maxRedirects} times`);
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (next === undefined || (next.protocol !== 'https:' && next.protocol !== url.protocol))
        throw denied('place', `${url.host} redirects to where no ${this.#options.guard.thing} may come from`);
      url = next;
    }
  }

  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    const made = clients.flatMap((client) => (client.status === 'fulfilled' ? [client.value] : []));
    await Promise.all(made.map((client) => client.destroy()));
  }

  async #send(
    url: URL,
    method: 'GET' | 'HEAD',
    headers: Readonly<Record<string, string>>,
  ): Promise<GuardedResponse> {
    const { host } = url;
    const { signal } = this.#options;
    try {
      const client = await this.#clientOf(url);
      const path = `${url.pathname}${url.search}`;
      // A compressed body would be larger than it looks.
      const own = { 'user-agent': 'sluice', 'accept-encoding': 'identity' };
      const {
        statusCode,
        headers: got,
        body,
      } = await client.request({
        path,
        method,
        headers: { ...own, ...headers },
        signal,
      });
      // An unread body is destroyed with the client, which is no fault.
      body.on('error', () => {});
      return { host, status: statusCode, headers: got, body };
    } catch (error) {
      if (signal.aborted) throw unreachable('timeout', `${host} does not answer in time`);
      throw connectionFailure(host, error);
    }
  }

  #clientOf(url: URL): Promise<Client> {
    const known = this.#clients.get(url.origin);
    if (known !== undefined) return known;
    const made = this.#connect(url);
    this.#clients.set(url.origin, made);
    return made;
  }

  async #connect(url: URL): Promise<Client> {
    const { guard, lookup, ca, connectTimeoutMs, signal } = this.#options;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isTls = url.protocol === 'https:';
    const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
    const addresses = await untilAborted(lookup(host), signal);
    const problem = guard.problem(host, port, addresses);
    if (problem !== undefined) throw denied('place', problem);
    return new Client(url.origin, {
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        lookup: pinnedTo(addresses),
        timeout: connectTimeoutMs,
        ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
      },
    });
  }
}

/** Reads the body up to the allowed size. Throws a FetchFailure. */
export async function readBody(
  { host, headers, body }: GuardedResponse,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): FetchFailure =>
    denied('size', `${host} sends more than the ${maxBytes} bytes that are allowed`);
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal.aborted) throw unreachable('timeout', `${host} does not send all of its answer in time`);
    throw connectionFailure(host, error);
  }
  return joinBytes(chunks);
}

/**
 * Returns the failure of a status, with the error code of a registry. Repeats nothing else: the author of the policy
 * chooses the server and reads the status, so it must not carry other content.
 */
export async function statusFailure(response: GuardedResponse, signal: AbortSignal): Promise<FetchFailure> {
  const { host, status, headers } = response;
  const code = await errorCodeOf(response, signal);
  const message = `${host} answers ${status}${code === undefined ? '' : `: ${code}`}`;
  if (status === 401 || status === 403) return denied('unauthorized', message);
  if (status === 404 || status === 410) return denied('absent', message);
  if (status === 429) return unreachable('busy', message, secondsOf(headers['retry-after']) * 1000);
  if (status === 408 || status >= 500)
    return unreachable('server', message, secondsOf(headers['retry-after']) * 1000);
  return denied('refused', message);
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
const errorCodes: ReadonlySet<unknown> = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DENIED',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'TOOMANYREQUESTS',
  'UNAUTHORIZED',
  'UNSUPPORTED',
]);

async function errorCodeOf(response: GuardedResponse, signal: AbortSignal): Promise<string | undefined> {
  if (!String(response.headers['content-type'] ?? '').includes('json')) {
    await response.body.dump().catch(() => {});
    return undefined;
  }
  try {
    const text = new TextDecoder().decode(await readBody(response, maxWordsBytes, signal));
    const { errors } = JSON.parse(text) as { errors?: { code?: string }[] };
    const code = errors?.[0]?.code;
    return errorCodes.has(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function secondsOf(header: string | readonly string[] | undefined): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Resolves every name to the checked addresses. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const first = must(found[0], 'address');
    if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

/** A lookup cannot be cancelled, only ignored. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new Error('no answer from the name server in time'));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
