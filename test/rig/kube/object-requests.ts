import type { ResourceKey } from '../../../src/lib/key.ts';
import { resourceAt, type Served } from './kube-resources.ts';
import type { ObjectStore, Written } from './object-store.ts';

export interface ObjectRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: URLSearchParams | undefined;
  readonly body?: unknown;
}

export interface ObjectAnswer {
  readonly status: number;
  readonly document: object;
}

interface Body {
  readonly metadata?: { readonly name?: string };
  readonly preconditions?: { readonly uid?: string };
}

/** Answers a request for one object, without the network. A PATCH is a server-side apply, or a merge patch of a status or an Event. */
export function answerObject(store: ObjectStore, served: Served, request: ObjectRequest): ObjectAnswer {
  const { method, path, query, body = {} } = request;
  const found = resourceAt(served, path);
  const { metadata, preconditions } = body as Body;
  if (found === undefined) return failure(404, `${path} not found`);
  const { kind } = found.resource;
  const key = `${kind}/${found.object || `${found.namespace ?? ''}/${metadata?.name}`}` as ResourceKey;
  const before = store.get(key);
  const manager = query?.get('fieldManager') ?? '';
  switch (method) {
    case 'GET':
      return before === undefined ? failure(404, `${key} not found`) : { status: 200, document: before };
    case 'POST':
      return answerOf(store.create(key, body as object), 201);
    case 'PUT':
      return answerOf(store.replace(key, body as object));
    case 'DELETE':
      return answerOf(store.delete(key, preconditions?.uid));
    default:
      if (kind === 'Event' && before !== undefined)
        return { status: 200, document: store.put(key, { ...before, ...(body as object) }) };
      return answerOf(
        path.endsWith('/status')
          ? store.patchStatus(key, body as object, manager)
          : store.apply(key, body as object, manager),
      );
  }
}

function answerOf(written: Written, status = 200): ObjectAnswer {
  return written.kind === 'written'
    ? { status, document: written.object }
    : failure(written.code, written.message);
}

function failure(code: number, message: string): ObjectAnswer {
  return { status: code, document: { kind: 'Status', code, message } };
}
