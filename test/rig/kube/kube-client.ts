import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Without a namespace: cluster-scoped, or in `default`. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface Manifest extends ObjectRef {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export type Answered = { readonly status: number; readonly body: unknown };

export class KubeClient {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #resources = new Map<string, Promise<Map<string, Resource>>>();

  constructor(kubeconfig: string) {
    const { server, ca, token } = accessOf(kubeconfig);
    this.#server = server;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca }, connections: 32 });
  }

  async apply(...objects: readonly Manifest[]): Promise<KubeObject[]> {
    const applied: KubeObject[] = [];
    for (const object of objects) {
      const path = `${await this.#path(object)}?fieldManager=test&force=true`;
      const body = await this.#ok('PATCH', path, object, 'application/apply-patch+yaml');
      applied.push(body as KubeObject);
    }
    return applied;
  }

  /** Costs the API server less than `apply`; the object must not exist yet. */
  async create(object: Manifest): Promise<void> {
    const path = await this.#path(object);
    await this.#ok('POST', path.slice(0, path.lastIndexOf('/')), object);
  }

  /** Asks whether the object could be created; resolves to the API server's words if not. Nothing is created. */
  async refusal(object: Manifest, fields: 'Warn' | 'Strict' = 'Warn'): Promise<string | undefined> {
    const path = await this.#path(object);
    const { status, body } = await this.send(
      'POST',
      `${path.slice(0, path.lastIndexOf('/'))}?dryRun=All&fieldValidation=${fields}`,
      object,
    );
    return status < 300 ? undefined : (body as { readonly message: string }).message;
  }

  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    const { status, body } = await this.send('GET', await this.#path(ref));
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${ref.kind} ${ref.metadata.name}: ${status}`);
    return body as KubeObject;
  }

  async list(kind: Omit<ObjectRef, 'metadata'>, namespace?: string, labels = ''): Promise<KubeObject[]> {
    const path = await this.#path({ ...kind, metadata: { name: '', namespace: namespace ?? '' } });
    const body = await this.#ok(
      'GET',
      `${path.replace(/\/$/, '')}?labelSelector=${encodeURIComponent(labels)}`,
    );
    // Items of a list lack their kind.
    return (body as { items: KubeObject[] }).items.map((item) => ({ ...item, ...kind }));
  }

  async merge(ref: ObjectRef, patch: object, subresource = ''): Promise<KubeObject> {
    const path = `${await this.#path(ref)}${subresource}`;
    return (await this.#ok('PATCH', path, patch, 'application/merge-patch+json')) as KubeObject;
  }

  /** A missing object is no error. */
  async delete(ref: ObjectRef): Promise<void> {
    const { status, body } = await this.send('DELETE', await this.#path(ref));
    if (status >= 300 && status !== 404)
      throw new Error(`DELETE ${ref.kind} ${ref.metadata.name}: ${status} ${JSON.stringify(body)}`);
  }

  /** Resolves for any status; rejects without an answer. */
  async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    type = 'application/json',
  ): Promise<Answered> {
    const answer = await request(`${this.#server}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).includes('json');
    return { status: answer.statusCode, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #ok(...args: Parameters<KubeClient['send']>): Promise<unknown> {
    const { status, body } = await this.send(...args);
    if (status >= 300) throw new Error(`${args[0]} ${args[1]}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async #path({ apiVersion, kind, metadata }: ObjectRef): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resource = await this.#resource(base, kind);
    const namespace = metadata.namespace ?? 'default';
    const scope = resource.namespaced && namespace !== '' ? `/namespaces/${namespace}` : '';
    return `${base}${scope}/${resource.name}/${encodeURIComponent(metadata.name)}`;
  }

  async #resource(base: string, kind: string): Promise<Resource> {
    const known = (await this.#resources.get(base))?.get(kind);
    if (known !== undefined) return known;
    // Asked again for a missing kind, as a CRD may have been installed meanwhile.
    const discovered = this.send('GET', base).then(({ status, body }) => {
      const { resources } = status === 200 ? (body as { resources: Resource[] }) : { resources: [] };
      return new Map(resources.filter(({ name }) => !name.includes('/')).map((entry) => [entry.kind, entry]));
    });
    this.#resources.set(base, discovered);
    const resource = (await discovered).get(kind);
    if (resource === undefined) throw new Error(`the API server has no ${kind} in ${base}`);
    return resource;
  }
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** URL and credentials of the admin. */
export function accessOf(kubeconfig: string): {
  readonly server: string;
  readonly ca: Buffer;
  readonly token: string;
} {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const [{ cluster }] = config.clusters;
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64');
  return { server: cluster.server, ca, token: config.users[0].user.token };
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}
