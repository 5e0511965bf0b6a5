import type { ServerResponse } from 'node:http';
import type { Breakage, Broken, KubeRequest, Selection } from './kube-request.ts';
import type { Change, EventType, KubeObject, ObjectStore } from './object-store.ts';

interface OpenWatch {
  readonly kind: string;
  readonly selection: Selection;
  readonly response: ServerResponse;
  left: number;
  readonly how: Breakage | undefined;
  /** Takes everything, and sends nothing. */
  silent: boolean;
}

/** Watches of a store over HTTP: what each is sent, and how it breaks. */
export class OpenWatches {
  readonly #store: ObjectStore;
  readonly #open = new Set<OpenWatch>();

  constructor(store: ObjectStore) {
    this.#store = store;
    store.onChange = (change) => {
      for (const watch of this.#of(change.object.kind)) this.#sendChange(watch, change);
    };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Sends what is missing since the version in the request; a watch-list, all objects and then a bookmark if `endsList`. */
  open(request: KubeRequest, response: ServerResponse, fault: Broken, endsList: boolean): void {
    const { kind, mode, query, selection } = request;
    const from = Number(query.get('resourceVersion') ?? 0);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (mode === 'watch' && from < this.#store.floor) {
      response.end(errorLine(410, 'too old resource version'));
      return;
    }
    const left = fault?.after ?? Infinity;
    const watch: OpenWatch = { kind, selection, response, left, how: fault?.how, silent: false };
    this.#open.add(watch);
    response.on('close', () => this.#open.delete(watch));
    if (watch.left === 0 && watch.how !== undefined) this.#break(watch, watch.how);
    else if (mode === 'watch-list') {
      for (const object of this.#store.list(kind))
        if (isIn(object, selection)) this.#send(watch, eventLine({ type: 'ADDED', object }));
      if (endsList) this.#send(watch, this.#bookmarkLine(kind, true));
    } else for (const change of this.#store.changes(kind, from)) this.#sendChange(watch, change);
  }

  bookmark(): void {
    for (const watch of this.#open) this.#send(watch, this.#bookmarkLine(watch.kind, false));
  }

  send(kind: string, line: string): void {
    for (const watch of this.#of(kind)) this.#send(watch, line);
  }

  break(kind: string, how: Breakage): void {
    for (const watch of this.#of(kind)) this.#break(watch, how);
  }

  clear(): void {
    this.#open.clear();
  }

  #of(kind: string): OpenWatch[] {
    return [...this.#open].filter((watch) => watch.kind === kind);
  }

  /** A watch sees an object that leaves its selection as deleted. */
  #sendChange(watch: OpenWatch, { type, object, before }: Change): void {
    const was = before !== undefined && isIn(before, watch.selection);
    if (isIn(object, watch.selection))
      this.#send(watch, eventLine({ type: type === 'MODIFIED' && !was ? 'ADDED' : type, object }));
    else if (was) this.#send(watch, eventLine({ type: 'DELETED', object }));
  }

  #send(watch: OpenWatch, line: string): void {
    if (watch.silent || !this.#open.has(watch)) return;
    watch.response.write(line);
    watch.left--;
    if (watch.left <= 0 && watch.how !== undefined) this.#break(watch, watch.how);
  }

  #break(watch: OpenWatch, how: Breakage): void {
    watch.silent = true;
    const { response } = watch;
    if (how === 'silence') return;
    this.#open.delete(watch);
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
    const metadata = { resourceVersion: String(this.#store.revision), ...annotations };
    return `${JSON.stringify({ type: 'BOOKMARK', object: { kind, metadata } })}\n`;
  }
}

export function isIn(
  { metadata }: KubeObject,
  { namespace, label: selector, name: only }: Selection,
): boolean {
  if (only !== undefined && metadata.name !== only) return false;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (selector === undefined) return true;
  const [name = '', value] = selector.split('=');
  const label = (metadata['labels'] as Record<string, string> | undefined)?.[name];
  return value === undefined ? label !== undefined : label === value;
}

export function eventLine({
  type,
  object,
}: {
  readonly type: EventType;
  readonly object: KubeObject;
}): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function breakOff(response: ServerResponse, how: Breakage): void {
  if (how === 'eof' || how === 'truncate') response.end();
  else if (how !== 'silence') response.socket?.destroy();
}

function errorLine(code: number, message: string): string {
  return `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, message } })}\n`;
}
