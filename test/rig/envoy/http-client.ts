import { request as httpRequest, type Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Echo } from './echo-backend.ts';

export interface Request {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly agent?: Agent;
  /** This machine's loopback by default. */
  readonly address?: string;
  /** Address of the client; the machine chooses one by default. */
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  /** By lower-case name; values of a repeated one in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** Uses a connection of its own by default. Rejects without an answer. */
export function send(port: number, request: Request = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(options(port, request), (message) => receive(message, resolve, reject));
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

export interface TlsRequest extends Request {
  /** Server name of the handshake; empty: none. */
  readonly serverName: string;
  /** Shown when the server asks for a certificate; PEM. */
  readonly client?: { readonly certificate: string; readonly privateKey: string } | undefined;
}

/** Accepts any certificate, and returns it. */
export function sendTls(
  port: number,
  { serverName, client, ...request }: TlsRequest,
): Promise<Answer & { readonly certificate: PeerCertificate }> {
  return new Promise((resolve, reject) => {
    const tls = {
      servername: serverName,
      rejectUnauthorized: false,
      ...(client === undefined ? {} : { cert: client.certificate, key: client.privateKey }),
    };
    const outgoing = httpsRequest(
      { ...options(port, { host: serverName, ...request }), ...tls },
      (message) => {
        const certificate = (message.socket as TLSSocket).getPeerCertificate();
        receive(message, (answer) => resolve({ ...answer, certificate }), reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

export function echo(answer: Answer): Echo {
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Echo;
}

const defaultTimeoutMs = 20_000;

function options(port: number, { path = '/', method = 'GET', ...request }: Request): RequestOptions {
  const headers = Object.entries(request.headers ?? {}).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((item) => [name, item]),
  );
  if (request.body !== undefined) headers.push(['content-length', String(Buffer.byteLength(request.body))]);
  return {
    host: request.address ?? '127.0.0.1',
    port,
    path,
    method,
    headers: [['host', request.host ?? '127.0.0.1'], ...headers].flat(),
    agent: request.agent ?? false,
    ...(request.from === undefined ? {} : { localAddress: request.from }),
    timeout: defaultTimeoutMs,
    signal: AbortSignal.timeout(defaultTimeoutMs),
  };
}

function receive(
  message: IncomingMessage,
  resolve: (answer: Answer) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('error', reject);
  message.on('end', () => {
    const headers = new Map<string, string[]>();
    for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
      const name = (message.rawHeaders[i] ?? '').toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), message.rawHeaders[i + 1] ?? '']);
    }
    resolve({ status: message.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() });
  });
}
