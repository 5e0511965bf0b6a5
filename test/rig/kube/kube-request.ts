import { resourceAt, type Served } from './kube-resources.ts';

export interface KubeRequest {
  readonly kind: string;
  /** `status`: a status write. The last three are of a whole object. */
  readonly mode: 'list' | 'watch' | 'watch-list' | 'status' | 'read' | 'apply' | 'delete';
  /** `namespace/name` of the single object; empty for a collection. */
  readonly object: string;
  /** 1 for the first page. */
  readonly page: number;
  readonly query: URLSearchParams;
  readonly selection: Selection;
}

export interface Selection {
  readonly namespace: string | undefined;
  /** `name=value`, or `name` alone for any value. */
  readonly label: string | undefined;
  readonly name?: string | undefined;
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

export type Broken = Extract<KubeFault, { kind: 'broken' }> | undefined;

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

/** Undefined for the path of no kind that is served. */
export function kubeRequest(served: Served, url: URL, method: string): KubeRequest | undefined {
  const found = resourceAt(served, url.pathname);
  if (found === undefined) return undefined;
  const { resource, namespace, object } = found;
  const query = url.searchParams;
  const token = query.get('continue');
  return {
    kind: resource.kind,
    mode: object === '' ? modeOf(query) : objectMode(url.pathname, method),
    object,
    page: token === null ? 1 : Number(token.split('@')[1]) + 1,
    query,
    selection: {
      namespace,
      label: query.get('labelSelector') ?? undefined,
      name: /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1],
    },
  };
}

function objectMode(path: string, method: string): KubeRequest['mode'] {
  if (path.endsWith('/status')) return 'status';
  if (method === 'GET') return 'read';
  return method === 'DELETE' ? 'delete' : 'apply';
}

function modeOf(query: URLSearchParams): KubeRequest['mode'] {
  if (query.get('watch') !== 'true') return 'list';
  return query.get('sendInitialEvents') === 'true' ? 'watch-list' : 'watch';
}
