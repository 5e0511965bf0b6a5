import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer, json as jsonBody } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { must } from '../../../src/lib/assert.ts';
import { discovery, resourceAt, resources } from './kube-resources.ts';
import { ObjectStore } from './object-store.ts';
import { appliedTo, replacedBy } from './server-side-apply.ts';

export interface KubeRequest {
  readonly kind: string;
  /** `status`: a status write. The last three are of a whole object. */
  readonly mode: 'list' | 'watch' | 'watch-list' | 'status' | 'read' | 'apply' | 'delete';
  /** `namespace/name` of the single object; empty for a collection. */
  readonly object: string;
  /** 1 for the first page. */
  readonly page: number;
  readonly query: URLSearchParams;
}

export type KubeFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: number;
      readonly message?: string;
    }
  /** The connection breaks before an answer. */
  | { readonly kind: 'refuse' }
  /** 200, with this body. */
  | { readonly kind: 'answer'; readonly body: string }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** Begins well; this happens after so many lines or items. */
  | { readonly kind: 'broken'; readonly after: number; readonly how: Breakage };

export type Breakage =
  | 'eof'
  | 'reset'
  | 'truncate'
  | 'cut-reset'
  | 'garbage'
  | 'endless-line'
  | 'gone'
  | 'error'
  | 'silence';

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

interface Change {
  readonly revision: number;
  readonly kind: string;
  readonly type: EventType;
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
}

interface Selection {
  readonly namespace: string | undefined;
  /** `name=value`, or `name` alone for any value. */
  readonly label: string | undefined;
  readonly name?: string | undefined;
}

interface OpenWatch {
  readonly kind: string;
  readonly selection: Selection;
  readonly response: ServerResponse;
  left: number;
  readonly how: Breakage | undefined;
  /** Takes everything, and sends nothing. */
  silent: boolean;
}

/** Real HTTP: lists in pages, watches, watch-lists, discovery, and faults. Keeps every change until `compact`. */
export class FakeKubeApi {
  readonly store = new ObjectStore();
  fault: (request: KubeRequest) => KubeFault | undefined = () => undefined;
  readonly requests: KubeRequest[] = [];
  watchLists: 'yes' | 'refused' | 'ignored' = 'yes';
  /** 404 to everything, as from a proxy whose API server is elsewhere. */
  deaf = false;
  /** Requests without this bearer token get 401. */
  token: string | undefined;
  /** Accepted ones, as `Kind/namespace/name`. */
  readonly statusWrites: string[] = [];
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #served = new Map<string, readonly string[]>();
  readonly #watches = new Set<OpenWatch>();
  readonly #pages = new Map<string, { readonly items: readonly KubeObject[]; readonly revision: number }>();
  readonly #server: Server;
  #changes: Change[] = [];
  #revision = 100;
  #floor = 100;
  #uid = 0;
  #port = 0;

  constructor() {
    for (const { kind, versions } of resources) {
      this.#objects.set(kind, new Map());
      this.#served.set(kind, [versions[0]]);
    }
    this.#server = createServer((request, response) => this.#answer(request, response));
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
    const before = this.#of(kind).get(`${namespace}/${name}`);
    const kept = before?.['status'] === undefined ? {} : { status: before['status'] };
    const after = { ...kept, ...fields };
    return this.#keep(kind, namespace, name, replacedBy(before, after));
  }

  #keep(kind: string, namespace: string, name: string, fields: object): KubeObject {
    const objects = this.#of(kind);
    const key = `${namespace}/${name}`;
    const before = objects.get(key);
    const uid = before?.metadata.uid ?? `uid-${++this.#uid}`;
    const { metadata, ...rest } = fields as { metadata?: object };
    const object: KubeObject = {
      ...rest,
      kind,
      metadata: {
        ...metadata,
        name,
        ...(namespace === '' ? {} : { namespace }),
        uid,
        resourceVersion: String(++this.#revision),
      },
    };
    objects.set(key, object);
    this.#announce(kind, before === undefined ? 'ADDED' : 'MODIFIED', object, before);
    return object;
  }

  delete(kind: string, namespace: string, name: string): void {
    const objects = this.#of(kind);
    const object = objects.get(`${namespace}/${name}`);
    if (object === undefined) return;
    objects.delete(`${namespace}/${name}`);
    const resourceVersion = String(++this.#revision);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion } };
    this.#announce(kind, 'DELETED', last, object);
  }

  objects(kind: string): KubeObject[] {
    return [...this.#of(kind).values()];
  }

  bookmark(): void {
    for (const watch of this.#watches) this.#send(watch, this.#bookmarkLine(watch.kind, false));
  }

  /** Any line, as a mistaken server would send it. */
  sendRaw(kind: string, line: string): void {
    for (const watch of this.#watches) if (watch.kind === kind) this.#send(watch, line);
  }

  recentLines(kind: string, count: number): string[] {
    return this.#changes
      .filter((change) => change.kind === kind)
      .slice(-count)
      .map(eventLine);
  }

  /** No watch can resume from before now. */
  compact(): void {
    this.#changes = [];
    this.#floor = this.#revision;
    this.#pages.clear();
  }

  break(kind: string, how: Breakage): void {
    for (const watch of this.#watches) if (watch.kind === kind) this.#breakWatch(watch, how);
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

  #of(kind: string): Map<string, KubeObject> {
    return must(this.#objects.get(kind), kind);
  }

  #announce(kind: string, type: EventType, object: KubeObject, before: KubeObject | undefined): void {
    const change: Change = { revision: this.#revision, kind, type, object, before };
    this.#changes.push(change);
    for (const watch of this.#watches) if (watch.kind === kind) this.#sendChange(watch, change);
  }

  /** A watch sees an object that leaves its selection as deleted. */
  #sendChange(watch: OpenWatch, change: Change): void {
    const { type, object, before } = change;
    const was = before !== undefined && isIn(before, watch.selection);
    if (isIn(object, watch.selection))
      this.#send(watch, eventLine({ type: type === 'MODIFIED' && !was ? 'ADDED' : type, object }));
    else if (was) this.#send(watch, eventLine({ type: 'DELETED', object }));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`)
      return status(response, 401, 'Unauthorized');
    if (!this.deaf && this.#isSingle(request.method ?? '', url.pathname)) {
      void this.#answerSingle(url.pathname, request, response);
      return;
    }
    const document = this.deaf ? undefined : discovery(this.#served, url.pathname);
    if (document !== undefined) return json(response, document);
    const found = this.deaf ? undefined : resourceAt(this.#served, url.pathname);
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    const { resource, namespace, object } = found;
    const query = url.searchParams;
    const token = query.get('continue');
    const asked: KubeRequest = {
      kind: resource.kind,
      mode: object === '' ? modeOf(query) : objectMode(url.pathname, request.method),
      object,
      page: token === null ? 1 : Number(token.split('@')[1]) + 1,
      query,
    };
    this.requests.push(asked);
    const fault = this.fault(asked);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'answer') {
      response.end(fault.body);
      return;
    }
    if (fault?.kind === 'refuse') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', String(fault.retryAfter));
      return status(response, fault.status, fault.message ?? `fault ${fault.status}`);
    }
    const selection = {
      namespace,
      label: query.get('labelSelector') ?? undefined,
      name: /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1],
    };
    if (asked.mode === 'status') void this.#patchStatus(asked, request, response);
    else if (object !== '') void this.#answerObject(asked, request, response);
    else if (asked.mode === 'list') this.#list(asked, selection, response, fault);
    else this.#watch(asked, selection, response, fault);
  }

  async #answerObject(asked: KubeRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { kind, mode, object: key, query } = asked;
    const bytes = await buffer(request);
    const body = (bytes.length === 0 ? {} : JSON.parse(bytes.toString())) as Record<string, unknown>;
    const before = this.#of(kind).get(key);
    const [namespace = '', name = ''] = key.split('/');
    if (mode === 'apply') {
      const after = appliedTo(before, body, query.get('fieldManager') ?? '');
      // A write without a change is no event.
      const isSame = before !== undefined && isDeepStrictEqual(before, { ...after, kind });
      return json(response, isSame ? before : this.#keep(kind, namespace, name, after));
    }
    if (before === undefined) return status(response, 404, `${key} not found`);
    const uid = (body['preconditions'] as { uid?: string } | undefined)?.uid;
    if (uid !== undefined && uid !== before.metadata.uid) return status(response, 409, 'another uid');
    if (mode === 'delete') this.delete(kind, namespace, name);
    json(response, mode === 'delete' ? { kind: 'Status', status: 'Success' } : before);
  }

  /** Leases, and Secrets except applied ones. */
  #isSingle(method: string, path: string): boolean {
    if (path.startsWith('/apis/coordination.k8s.io/')) return true;
    if (!/^\/api\/v1\/namespaces\/[^/]+\/secrets(\/|$)/.test(path)) return false;
    return method === 'POST' || method === 'PUT' || this.store.get(path) !== undefined;
  }

  async #answerSingle(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    const body: unknown = bytes.length === 0 ? undefined : JSON.parse(bytes.toString());
    const answer = this.store.answer({ method: request.method ?? '', path, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.document));
  }

  /** Takes only `status`, for the version in the patch; a write without a change is none. */
  async #patchStatus(asked: KubeRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'PATCH' || request.headers['content-type'] !== 'application/merge-patch+json')
      return status(response, 415, 'only merge patches');
    const object = this.#of(asked.kind).get(asked.object);
    if (object === undefined) return status(response, 404, `${asked.object} not found`);
    const patch = (await jsonBody(request)) as { metadata?: { resourceVersion?: string }; status?: object };
    const version = patch.metadata?.resourceVersion;
    if (version !== undefined && version !== object.metadata.resourceVersion)
      return status(response, 409, 'the object has been modified');
    const before = object['status'] as object | undefined;
    const entries = Object.entries({ ...before, ...patch.status });
    const after = Object.fromEntries(entries.filter(([, value]) => value !== null));
    this.statusWrites.push(`${asked.kind}/${asked.object}`);
    const { namespace = '', name } = object.metadata;
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    json(response, isSame ? object : this.put(asked.kind, namespace, name, { ...object, status: after }));
  }

  #list(asked: KubeRequest, selection: Selection, response: ServerResponse, fault: Broken): void {
    const token = asked.query.get('continue');
    const limit = Number(asked.query.get('limit') ?? 0);
    const [name = '', at = '0'] = token?.split('@') ?? [];
    if (token !== null && !this.#pages.has(name)) return status(response, 410, 'continue token has expired');
    const kept = this.#pages.get(name) ?? {
      items: this.objects(asked.kind).filter((object) => isIn(object, selection)),
      revision: this.#revision,
    };
    const start = Number(at) * limit;
    const items = limit === 0 ? kept.items : kept.items.slice(start, start + limit);
    const isLast = start + items.length >= kept.items.length;
    const next = token === null ? `p${this.#pages.size}` : name;
    if (!isLast) this.#pages.set(next, kept);
    const metadata = {
      resourceVersion: String(kept.revision),
      ...(isLast ? {} : { continue: `${next}@${asked.page}` }),
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    if (fault === undefined) {
      response.end(JSON.stringify({ kind: `${asked.kind}List`, metadata, items }));
      return;
    }
    const texts = items.slice(0, fault.after).map((item) => JSON.stringify(item));
    const begin = `{"metadata":${JSON.stringify(metadata)},"items":[${texts.join(',')}`;
    if (fault.how === 'garbage') response.end(`${begin}${texts.length > 0 ? ',' : ''}{"a":nonsense}]}`);
    else
      response.write(`${begin}${fault.how === 'cut-reset' ? ',{"meta' : ''}`, () =>
        breakOff(response, fault.how),
      );
  }

  #watch(asked: KubeRequest, selection: Selection, response: ServerResponse, fault: Broken): void {
    const { kind, mode, query } = asked;
    const from = Number(query.get('resourceVersion') ?? 0);
    if (mode === 'watch-list' && this.watchLists === 'refused')
      return status(response, 422, 'sendInitialEvents is forbidden for watch');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (mode === 'watch' && from < this.#floor) {
      response.end(errorLine(410, 'too old resource version'));
      return;
    }
    const watch: OpenWatch = {
      kind,
      selection,
      response,
      left: fault?.after ?? Infinity,
      how: fault?.how,
      silent: false,
    };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    if (watch.left === 0 && watch.how !== undefined) return this.#breakWatch(watch, watch.how);
    if (mode === 'watch-list') {
      for (const object of this.objects(kind)) {
        if (isIn(object, selection)) this.#send(watch, eventLine({ type: 'ADDED', object }));
      }
      if (this.watchLists === 'yes') this.#send(watch, this.#bookmarkLine(kind, true));
      return;
    }
    for (const change of this.#changes) {
      if (change.kind === kind && change.revision > from) this.#sendChange(watch, change);
    }
  }

  #send(watch: OpenWatch, line: string): void {
    if (watch.silent || !this.#watches.has(watch)) return;
    watch.response.write(line);
    watch.left--;
    if (watch.left <= 0 && watch.how !== undefined) this.#breakWatch(watch, watch.how);
  }

  #breakWatch(watch: OpenWatch, how: Breakage): void {
    watch.silent = true;
    const { response } = watch;
    if (how === 'silence') return;
    this.#watches.delete(watch);
    if (how === 'garbage') response.write('{"type":"ADDED","object":nonsense}\n');
    else if (how === 'gone') response.end(errorLine(410, 'too old resource version'));
    else if (how === 'error') response.end(errorLine(500, 'etcd event received with PrevKv=nil'));
    else if (how === 'endless-line') response.write(Buffer.alloc(5 * 1024 * 1024, 'x'));
    else if (how === 'truncate' || how === 'cut-reset') {
      response.write('{"type":"DELETED","object":{"metadata":{"na', () => breakOff(response, how));
    } else breakOff(response, how);
  }

  #bookmarkLine(kind: string, endsList: boolean): string {
    const annotations = endsList ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(this.#revision), ...annotations };
    return `${JSON.stringify({ type: 'BOOKMARK', object: { kind, metadata } })}\n`;
  }
}

type Broken = Extract<KubeFault, { kind: 'broken' }> | undefined;

function objectMode(path: string, method: string | undefined): KubeRequest['mode'] {
  if (path.endsWith('/status')) return 'status';
  if (method === 'GET') return 'read';
  return method === 'DELETE' ? 'delete' : 'apply';
}

function modeOf(query: URLSearchParams): KubeRequest['mode'] {
  if (query.get('watch') !== 'true') return 'list';
  return query.get('sendInitialEvents') === 'true' ? 'watch-list' : 'watch';
}

function isIn({ metadata }: KubeObject, { namespace, label: selector, name: only }: Selection): boolean {
  if (only !== undefined && metadata.name !== only) return false;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (selector === undefined) return true;
  const [name = '', value] = selector.split('=');
  const label = (metadata['labels'] as Record<string, string> | undefined)?.[name];
  return value === undefined ? label !== undefined : label === value;
}

function eventLine({ type, object }: { readonly type: EventType; readonly object: KubeObject }): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function errorLine(code: number, message: string): string {
  return `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, message } })}\n`;
}

function breakOff(response: ServerResponse, how: Breakage): void {
  if (how === 'eof' || how === 'truncate') response.end();
  else if (how !== 'silence') response.socket?.destroy();
}

function status(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', code, message }));
}

function json(response: ServerResponse, document: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(document));
}
