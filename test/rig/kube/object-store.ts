import { isDeepStrictEqual } from 'node:util';
import { resourceKey, splitResourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { appliedTo, replacedBy, statusWrittenBy } from './server-side-apply.ts';

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

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Change {
  readonly revision: number;
  readonly type: EventType;
  /** As it is now; a deleted object as it was, in the version of its end. */
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
}

export type Written =
  | { readonly kind: 'written'; readonly object: KubeObject }
  | { readonly kind: 'failed'; readonly code: 404 | 409; readonly message: string };

interface Patch {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly status?: object;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The objects of an API server, with all changes until `compact`. Every write has a version of its own, and one
 * without a change is none. `put` is an edit by hand, which always writes; the others fail as an API server does.
 */
export class ObjectStore {
  /** Called with each change, in order. */
  onChange: (change: Change) => void = () => {};
  readonly #objects = new Map<ResourceKey, KubeObject>();
  #changes: Change[] = [];
  #revision = 100;
  #floor = 100;
  #uid = 0;

  get revision(): number {
    return this.#revision;
  }

  /** No watch can resume from before it. */
  get floor(): number {
    return this.#floor;
  }

  get(key: ResourceKey): KubeObject | undefined {
    return this.#objects.get(key);
  }

  entries(): MapIterator<[ResourceKey, KubeObject]> {
    return this.#objects.entries();
  }

  list(kind: string): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  changes(kind: string, after = 0): Change[] {
    return this.#changes.filter(({ revision, object }) => object.kind === kind && revision > after);
  }

  compact(): void {
    this.#changes = [];
    this.#floor = this.#revision;
  }

  /** The status stays unless one is given. */
  put(key: ResourceKey, fields: object): KubeObject {
    const before = this.#objects.get(key);
    const status = before?.['status'] === undefined ? {} : { status: before['status'] };
    return this.#write(key, replacedBy(before, { ...status, ...fields }));
  }

  create(key: ResourceKey, fields: object): Written {
    return this.#objects.has(key) ? failed(409, `${key} exists`) : this.#writeIfChanged(key, fields);
  }

  /** Fails when `fields` have the version of an older write. */
  replace(key: ResourceKey, fields: object): Written {
    const problem = this.#problem(key, (fields as Patch).metadata?.resourceVersion);
    return problem ?? this.#writeIfChanged(key, replacedBy(this.#objects.get(key), fields as Fields));
  }

  /** A forced server-side apply. */
  apply(key: ResourceKey, manifest: object, manager: string): Written {
    return this.#writeIfChanged(key, appliedTo(this.#objects.get(key), manifest as Fields, manager));
  }

  /** A JSON merge patch of the status subresource, for the version in it. */
  patchStatus(key: ResourceKey, { metadata, status }: Patch, manager: string): Written {
    const before = this.#objects.get(key);
    const problem = this.#problem(key, metadata?.resourceVersion);
    if (before === undefined || problem !== undefined) return problem ?? absent(key);
    const merged = { ...(before['status'] as object | undefined), ...status };
    const after = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
    if (isDeepStrictEqual(after, before['status'])) return written(before);
    return written(this.#write(key, statusWrittenBy({ ...before, status: after }, manager)));
  }

  /** Fails for the uid of an earlier object of the name. */
  delete(key: ResourceKey, uid?: string): Written {
    const before = this.#objects.get(key);
    if (before === undefined) return absent(key);
    if (uid !== undefined && uid !== before.metadata.uid) return failed(409, 'another uid');
    this.#objects.delete(key);
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.#revision) } };
    this.#announce('DELETED', object, before);
    return written(object);
  }

  #problem(key: ResourceKey, version: string | undefined): Written | undefined {
    const object = this.#objects.get(key);
    if (object === undefined) return absent(key);
    const isOld = version !== undefined && version !== object.metadata.resourceVersion;
    return isOld ? failed(409, `${key} has been modified`) : undefined;
  }

  #writeIfChanged(key: ResourceKey, fields: object): Written {
    const before = this.#objects.get(key);
    const version = before?.metadata.resourceVersion ?? '';
    const isSame = before !== undefined && isDeepStrictEqual(before, this.#complete(key, fields, version));
    return written(isSame ? before : this.#write(key, fields));
  }

  #write(key: ResourceKey, fields: object): KubeObject {
    const before = this.#objects.get(key);
    const object = this.#complete(key, fields, String(++this.#revision));
    this.#objects.set(key, object);
    this.#announce(before === undefined ? 'ADDED' : 'MODIFIED', object, before);
    return object;
  }

  #complete(key: ResourceKey, fields: object, resourceVersion: string): KubeObject {
    const { kind, namespace, name } = splitResourceKey(key);
    const { metadata, ...rest } = fields as { readonly metadata?: object };
    const uid = this.#objects.get(key)?.metadata.uid ?? `uid-${++this.#uid}`;
    const place = namespace === '' ? { name } : { name, namespace };
    return { ...rest, kind, metadata: { ...metadata, ...place, uid, resourceVersion } };
  }

  #announce(type: EventType, object: KubeObject, before: KubeObject | undefined): void {
    const change = { revision: this.#revision, type, object, before };
    this.#changes.push(change);
    this.onChange(change);
  }
}

export function keyOf({
  kind,
  metadata,
}: Pick<KubeObject, 'kind'> & { metadata: { name: string; namespace?: string } }): ResourceKey {
  return resourceKey(kind, metadata.namespace ?? '', metadata.name);
}

function written(object: KubeObject): Written {
  return { kind: 'written', object };
}

function absent(key: ResourceKey): Written {
  return failed(404, `${key} not found`);
}

function failed(code: 404 | 409, message: string): Written {
  return { kind: 'failed', code, message };
}
