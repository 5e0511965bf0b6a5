import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { resourceKey } from '../../../src/lib/key.ts';
import { kubeRequest, type Breakage, type Broken, type KubeFault, type KubeRequest } from './kube-request.ts';
import { allServed, discovery } from './kube-resources.ts';
import { ListPages } from './list-pages.ts';
import { answerObject } from './object-requests.ts';
import { ObjectStore, type KubeObject } from './object-store.ts';
import { breakOff, eventLine, OpenWatches } from './open-watches.ts';

/** Real HTTP: lists in pages, watches, watch-lists, discovery, and faults. Keeps every change until `compact`. */
export class FakeKubeApi {
  readonly store = new ObjectStore();
  fault: (request: KubeRequest) => KubeFault | undefined = () => undefined;
  readonly requests: KubeRequest[] = [];
  watchLists: 'yes' | 'refused' | 'ignored' = 'yes';
  /** 404 to everything, as from a proxy whose API server is elsewhere. */
  deaf = false;
  /** 403 to Events, as without the RBAC rule. */
  refusesEvents = false;
  /** Requests without this bearer token get 401. */
  token: string | undefined;
  /** Accepted ones, as `Kind/namespace/name`. */
  readonly statusWrites: string[] = [];
  readonly #served = allServed();
  readonly #watches = new OpenWatches(this.store);
  readonly #lists = new ListPages(this.store);
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Resolves to the URL, the same one after a restart. */
  async start(): Promise<string> {
    // Tests open hundreds of connections at once; one without a place waits for seconds before its next attempt.
    this.#server.listen({ port: this.#port, host: '127.0.0.1', backlog: 4096 });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#watches.clear();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  kubeconfig(url: string, user: object = {}): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: url } }],
      users: [{ name: 'test', user }],
    });
  }

  put(kind: string, namespace: string, name: string, fields: object = {}): KubeObject {
    return this.store.put(resourceKey(kind, namespace, name), fields);
  }

  delete(kind: string, namespace: string, name: string): void {
    this.store.delete(resourceKey(kind, namespace, name));
  }

  objects(kind: string): KubeObject[] {
    return this.store.list(kind);
  }

  bookmark(): void {
    this.#watches.bookmark();
  }

  /** Any line, as a mistaken server would send it. */
  sendRaw(kind: string, line: string): void {
    this.#watches.send(kind, line);
  }

  recentLines(kind: string, count: number): string[] {
    return this.store.changes(kind).slice(-count).map(eventLine);
  }

  /** No watch can resume from before now. */
  compact(): void {
    this.store.compact();
    this.#lists.clear();
  }

  break(kind: string, how: Breakage): void {
    this.#watches.break(kind, how);
  }

  get watching(): number {
    return this.#watches.size;
  }

  /** No version: the CRD is absent, and so are its objects. */
  serve(kind: string, ...versions: string[]): void {
    this.#served.set(kind, versions);
    if (versions.length > 0) return;
    for (const { metadata } of this.objects(kind)) this.delete(kind, metadata.namespace ?? '', metadata.name);
    this.break(kind, 'eof');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`)
      return status(response, 401, 'Unauthorized');
    const document = this.deaf ? undefined : discovery(this.#served, url.pathname);
    if (document !== undefined) return json(response, 200, document);
    const asked = this.deaf ? undefined : kubeRequest(this.#served, url, request.method ?? '');
    if (asked === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    if (asked.kind === 'Event' && this.refusesEvents) return status(response, 403, 'events are forbidden');
    // Elections, and the Secret of Sluice's certificates, have tests of their faults elsewhere.
    if (asked.kind === 'Lease' || request.method === 'POST' || request.method === 'PUT')
      return this.#answerObject(asked, url, request, response);
    this.requests.push(asked);
    const fault = this.fault(asked);
    if (fault !== undefined && fault.kind !== 'broken') return answerFault(fault, request, response);
    if (asked.object !== '') await this.#answerObject(asked, url, request, response);
    else if (asked.mode === 'list') this.#list(asked, response, fault);
    else if (asked.mode === 'watch-list' && this.watchLists === 'refused')
      status(response, 422, 'sendInitialEvents is forbidden for watch');
    else this.#watches.open(asked, response, fault, this.watchLists === 'yes');
  }

  async #answerObject(
    { mode, kind, object }: KubeRequest,
    { pathname: path, searchParams: query }: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method = '', headers } = request;
    if (mode === 'status' && (method !== 'PATCH' || headers['content-type'] !== mergePatch))
      return status(response, 415, 'only merge patches');
    const bytes = await buffer(request);
    const body: unknown = bytes.length === 0 ? undefined : JSON.parse(bytes.toString());
    const answer = answerObject(this.store, this.#served, { method, path, query, body });
    if (mode === 'status' && answer.status === 200) this.statusWrites.push(`${kind}/${object}`);
    json(response, answer.status, answer.document);
  }

  #list(asked: KubeRequest, response: ServerResponse, fault: Broken): void {
    const page = this.#lists.page(asked);
    if (page === undefined) return status(response, 410, 'continue token has expired');
    const { items, metadata } = page;
    if (fault === undefined) return json(response, 200, { kind: `${asked.kind}List`, metadata, items });
    response.writeHead(200, { 'content-type': 'application/json' });
    const texts = items.slice(0, fault.after).map((item) => JSON.stringify(item));
    const begin = `{"metadata":${JSON.stringify(metadata)},"items":[${texts.join(',')}`;
    if (fault.how === 'garbage') response.end(`${begin}${texts.length > 0 ? ',' : ''}{"a":nonsense}]}`);
    else
      response.write(`${begin}${fault.how === 'cut-reset' ? ',{"meta' : ''}`, () =>
        breakOff(response, fault.how),
      );
  }
}

const mergePatch = 'application/merge-patch+json';

function answerFault(
  fault: Exclude<KubeFault, { kind: 'broken' }>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (fault.kind === 'answer') response.end(fault.body);
  else if (fault.kind === 'refuse') request.socket.destroy();
  else if (fault.kind === 'status') {
    if (fault.retryAfter !== undefined) response.setHeader('retry-after', String(fault.retryAfter));
    status(response, fault.status, fault.message ?? `fault ${fault.status}`);
  }
}

function status(response: ServerResponse, code: number, message: string): void {
  json(response, code, { kind: 'Status', code, message });
}

function json(response: ServerResponse, code: number, document: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(document));
}
