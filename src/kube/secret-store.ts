import { record } from '../kinds/identity.ts';
import type { ApiServer } from './api-server.ts';
import { Fault } from './fault.ts';

export interface StoredSecret {
  readonly files: ReadonlyMap<string, string>;
  /** A write keeps the fields of others. */
  readonly object: Readonly<Record<string, unknown>>;
}

/**
 * Reads and writes a Secret as a store of named texts. Needs `get` and `update` of this Secret, and `create` of
 * Secrets in its namespace. Every method throws what {@link ApiServer.send} throws.
 */
export class SecretStore {
  readonly #api: Pick<ApiServer, 'send'>;
  readonly #collection: string;
  readonly #name: string;

  constructor(api: Pick<ApiServer, 'send'>, namespace: string, name: string) {
    this.#api = api;
    this.#collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
    this.#name = name;
  }

  async read(signal: AbortSignal): Promise<StoredSecret | undefined> {
    try {
      const object = record(await this.#api.send({ method: 'GET', path: this.#path }, signal));
      if (object === undefined) throw new Fault('garbled', 'the answer of the API server is no Secret');
      return { files: textsOf(object), object };
    } catch (error) {
      if (error instanceof Fault && error.reason === 'absent') return undefined;
      throw error;
    }
  }

  /** Writes the named texts; undefined removes one. Returns `conflict` when the Secret has changed since `before`. */
  async write(
    before: StoredSecret | undefined,
    files: ReadonlyMap<string, string | undefined>,
    signal: AbortSignal,
  ): Promise<'written' | 'conflict'> {
    const data = new Map(Object.entries(record(before?.object['data']) ?? {}));
    for (const [name, text] of files) {
      if (text === undefined) data.delete(name);
      else data.set(name, Buffer.from(text).toString('base64'));
    }
    const body = { ...(before?.object ?? this.#fresh), data: Object.fromEntries(data) };
    try {
      // The resourceVersion in `before` is the precondition.
      if (before === undefined)
        await this.#api.send({ method: 'POST', path: this.#collection, body }, signal);
      else await this.#api.send({ method: 'PUT', path: this.#path, body }, signal);
      return 'written';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.reason === 'conflict' || (error.reason === 'absent' && before !== undefined))
        return 'conflict';
      throw error;
    }
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#name)}`;
  }

  /** Not of type `kubernetes.io/tls`: those are followed in the whole cluster, for the certificates of Gateways. */
  get #fresh(): Readonly<Record<string, unknown>> {
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name: this.#name, labels: { 'app.kubernetes.io/name': 'sluice' } },
    };
  }
}

function textsOf(object: Readonly<Record<string, unknown>>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(record(object['data']) ?? {})) {
    if (typeof value === 'string') texts.set(name, Buffer.from(value, 'base64').toString());
  }
  return texts;
}
