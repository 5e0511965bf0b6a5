export interface ObjectRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface ObjectAnswer {
  readonly status: number;
  readonly document: object;
}

interface StoredObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly [field: string]: unknown;
}

/** A replacement must name the newest resourceVersion, if any; a write without a change keeps it. */
export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  #revision = 1000;

  answer({ method, path, body }: ObjectRequest): ObjectAnswer {
    const asked = body as Partial<StoredObject> | undefined;
    const name = method === 'POST' ? asked?.metadata?.name : undefined;
    const at = name === undefined ? path : `${path}/${name}`;
    const before = this.#objects.get(at);
    if (method === 'POST')
      return before === undefined ? this.#write(at, asked) : failure(409, `${at} exists`);
    if (before === undefined) return failure(404, `${at} not found`);
    if (method === 'GET') return { status: 200, document: before };
    if (method === 'DELETE') {
      this.#objects.delete(at);
      return { status: 200, document: before };
    }
    const version = asked?.metadata?.resourceVersion;
    if (version !== undefined && version !== before.metadata.resourceVersion)
      return failure(409, `${at} has been modified`);
    return this.#write(at, asked);
  }

  get(path: string): StoredObject | undefined {
    return this.#objects.get(path);
  }

  #write(at: string, asked: Partial<StoredObject> | undefined): ObjectAnswer {
    const before = this.#objects.get(at);
    const resourceVersion = before?.metadata.resourceVersion ?? '';
    const wanted = { ...asked, metadata: { name: '', ...asked?.metadata, resourceVersion } };
    if (JSON.stringify(wanted) === JSON.stringify(before)) return { status: 200, document: wanted };
    const document = {
      ...wanted,
      metadata: { ...wanted.metadata, resourceVersion: String(++this.#revision) },
    };
    this.#objects.set(at, document);
    return { status: before === undefined ? 201 : 200, document };
  }
}

function failure(code: number, message: string): ObjectAnswer {
  return { status: code, document: { kind: 'Status', code, message } };
}
