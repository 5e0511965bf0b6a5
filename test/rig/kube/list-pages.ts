import type { KubeRequest } from './kube-request.ts';
import type { KubeObject, ObjectStore } from './object-store.ts';
import { isIn } from './open-watches.ts';

export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** Lists in pages; all pages of one list are of the state at its first. */
export class ListPages {
  readonly #store: ObjectStore;
  readonly #lists = new Map<string, { readonly items: readonly KubeObject[]; readonly revision: number }>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Undefined when the token of the request is of a list that is forgotten. */
  page({ kind, query, page, selection }: KubeRequest): ListPage | undefined {
    const token = query.get('continue');
    const limit = Number(query.get('limit') ?? 0);
    const [name = '', at = '0'] = token?.split('@') ?? [];
    if (token !== null && !this.#lists.has(name)) return undefined;
    const list = this.#lists.get(name) ?? {
      items: this.#store.list(kind).filter((object) => isIn(object, selection)),
      revision: this.#store.revision,
    };
    const start = Number(at) * limit;
    const items = limit === 0 ? list.items : list.items.slice(start, start + limit);
    const isLast = start + items.length >= list.items.length;
    const next = token === null ? `p${this.#lists.size}` : name;
    if (!isLast) this.#lists.set(next, list);
    const resourceVersion = String(list.revision);
    return {
      items,
      metadata: isLast ? { resourceVersion } : { resourceVersion, continue: `${next}@${page}` },
    };
  }

  clear(): void {
    this.#lists.clear();
  }
}
