import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import {
  versionPath,
  watchedResources,
  type WatchedResource,
} from '../../../../src/kube/watched-resource.ts';
import type { ApiFault, ApiStatus } from './api-fault.ts';
import type { FaultCase, Phase } from './matrix.ts';

export interface ClientApiOptions {
  readonly kind: string;
  readonly streams: boolean;
  /** `name=value`: Sluice sees only objects with this label. */
  readonly selector: string;
  /** Longest time that a request hangs, unless Sluice gives up before. */
  readonly hangMs: number;
}

/** Undefined when there is no connection. */
export type Forward = (
  path: string,
  onAnswer: (answer: IncomingMessage | undefined) => void,
) => ClientRequest;

/** The API server as one Sluice sees it, with one fault at a time. Short pages, so that a few objects have several. */
export class ClientApi {
  readonly pathPrefix: string;
  /** Requests and open watches that the fault has met. */
  met = 0;
  /** Objects of the kind came through another way while the fault lasted. */
  passed = false;
  released = 0;
  /** Requests that reached the API server, and those answered with 200. */
  readonly forwarded = { sent: 0, answered: 0 };
  readonly #options: ClientApiOptions;
  readonly #forward: Forward;
  readonly #watches = new Set<OpenWatch>();
  #faultCase: FaultCase | undefined;

  constructor(pathPrefix: string, options: ClientApiOptions, forward: Forward) {
    this.pathPrefix = pathPrefix;
    this.#options = options;
    this.#forward = forward;
  }

  get isWatched(): boolean {
    return this.#watches.values().some(({ kind }) => kind === this.#options.kind);
  }

  /** Breaks open requests of the kind, so that new requests meet the fault. */
  begin(faultCase: FaultCase): void {
    this.#faultCase = faultCase;
    this.met = 0;
    this.passed = false;
    this.released = 0;
    const { stage } = faultCase.phase;
    if (stage === 'first') return;
    for (const watch of this.#watches) {
      if (watch.kind !== faultCase.kind) continue;
      watch.answer.unpipe(watch.response);
      if (stage === 'relist') watch.response.end(errorLine(expired));
      else this.#break(watch.response, faultCase.fault, brokenLine);
    }
    if (stage === 'watch') this.met++;
  }

  end(): void {
    this.#faultCase = undefined;
  }

  /** Ends every open watch, so that everything is listed again. */
  expire(): void {
    for (const { answer, response } of this.#watches) {
      answer.unpipe(response);
      response.end(errorLine(expired));
    }
  }

  answer(url: URL, response: ServerResponse): void {
    const found = resourceAt(url.pathname);
    const does = this.#faultCase?.fault.does.kind;
    if (found === undefined) {
      if (does === 'stranger') this.#notFound(response);
      else if (does === 'absent') this.#document(url.pathname, response);
      else this.#pass(url.pathname, response, undefined);
      return;
    }
    const query = url.searchParams;
    query.set('labelSelector', this.#options.selector);
    const isOfKind = found.kind === this.#options.kind;
    const asked = requestOf(query);
    if (isOfKind && asked === 'streamed list' && !this.#options.streams)
      return answerStatus(response, { code: 422, message: 'sendInitialEvents is forbidden for watch' });
    const isWhole = query.get('limit') === null;
    if (isOfKind && !isWhole) query.set('limit', '1');
    const path = `${url.pathname}?${query.toString()}`;
    if (isOfKind && this.#faultCase?.phase.request === asked)
      return this.#fault(this.#faultCase.fault, asked, path, response);
    if (isOfKind && this.#faultCase !== undefined && (asked !== 'first page' || isWhole)) this.passed = true;
    this.#pass(path, response, asked === 'watch' || asked === 'streamed list' ? found.kind : undefined);
  }

  #fault(fault: ApiFault, asked: Phase['request'], path: string, response: ServerResponse): void {
    const { does } = fault;
    this.met++;
    if (does.kind === 'status') return answerStatus(response, does.status, does.retryAfter);
    if (does.kind === 'absent' || does.kind === 'stranger') return void response.writeHead(404).end(notFound);
    if (does.kind === 'hang') return this.#hold(response);
    if (asked === 'watch') {
      response.writeHead(200, asJson);
      response.flushHeaders();
      return this.#break(response, fault, brokenLine);
    }
    const sent = this.#forward(path, (answer) => {
      if (answer === undefined) return void response.destroy();
      response.writeHead(answer.statusCode ?? 500, asJson);
      answer.once('data', (chunk: Buffer) => {
        this.#break(response, fault, half(chunk));
        sent.destroy();
      });
    });
  }

  #break(response: ServerResponse, { does }: ApiFault, start: Buffer): void {
    switch (does.kind) {
      case 'status':
        response.end(errorLine(does.status));
        break;
      case 'truncated':
        response.end(start);
        break;
      case 'reset':
        response.write(start, () => response.socket?.resetAndDestroy());
        break;
      case 'eof':
        response.write(start, () => response.socket?.end());
        break;
      case 'hang':
        this.#hold(response);
        break;
      case 'absent':
      case 'stranger':
        response.end();
        break;
    }
  }

  #hold(response: ServerResponse): void {
    const timer = setTimeout(() => response.socket?.resetAndDestroy(), this.#options.hangMs);
    response.once('close', () => {
      clearTimeout(timer);
      this.released++;
    });
  }

  #notFound(response: ServerResponse): void {
    this.met++;
    response.writeHead(404).end(notFound);
  }

  #document(path: string, response: ServerResponse): void {
    const resource = watchedResources.find(({ kind }) => kind === this.#options.kind);
    const isOfKind = resource?.versions.some((version) => versionPath(resource, version) === path);
    if (isOfKind !== true) return this.#pass(path, response, undefined);
    this.met++;
    this.#forward(path, (answer) => {
      if (answer?.statusCode !== 200) response.writeHead(404).end(notFound);
      else void sendWithout(answer, resource?.plural, response);
    });
  }

  /** `kind`: of a watch. */
  #pass(path: string, response: ServerResponse, kind: string | undefined): void {
    this.forwarded.sent++;
    const sent = this.#forward(path, (answer) => {
      const status = answer?.statusCode ?? 0;
      if (status === 200) this.forwarded.answered++;
      if (answer === undefined) return void response.socket?.destroy();
      response.writeHead(status, asJson);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.socket?.destroy());
      if (status !== 200 || kind === undefined) return;
      const watch = { kind, answer, response };
      this.#watches.add(watch);
      response.on('close', () => this.#watches.delete(watch));
    });
    response.on('close', () => sent.destroy());
  }
}

/** Never up to the end of a line. */
function half(chunk: Buffer): Buffer {
  const end = Math.floor(chunk.length / 2);
  return chunk.subarray(0, chunk[end - 1] === 0x0a ? end - 1 : end);
}

interface OpenWatch {
  readonly kind: string;
  readonly answer: IncomingMessage;
  readonly response: ServerResponse;
}

async function sendWithout(
  document: IncomingMessage,
  plural: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const { resources, ...rest } = (await json(document)) as { resources: { name: string }[] };
  const others = resources.filter(({ name }) => name.split('/')[0] !== plural);
  response.writeHead(200, asJson).end(JSON.stringify({ ...rest, resources: others }));
}

function requestOf(query: URLSearchParams): Phase['request'] {
  if (query.get('watch') === 'true')
    return query.get('sendInitialEvents') === 'true' ? 'streamed list' : 'watch';
  return query.get('continue') === null ? 'first page' : 'later page';
}

function resourceAt(path: string): WatchedResource | undefined {
  return watchedResources.find((resource) =>
    resource.versions.some((version) => `${versionPath(resource, version)}/${resource.plural}` === path),
  );
}

const asJson = { 'content-type': 'application/json' };
const notFound = '404 page not found\n';
const brokenLine = Buffer.from('{"type":"MODIFIED","object":{"metadata":{"na');
const expired = {
  kind: 'Status',
  status: 'Failure',
  code: 410,
  reason: 'Expired',
  message: 'too old resource version',
};

function errorLine(object: object): string {
  return `${JSON.stringify({ type: 'ERROR', object })}\n`;
}

function answerStatus(response: ServerResponse, status: ApiStatus, retryAfter?: number): void {
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  response.writeHead(status.code, asJson).end(JSON.stringify({ kind: 'Status', ...status }));
}
