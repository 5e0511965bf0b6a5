import type { ConnectionManagerJson } from './envoy-json.ts';

/** A request as Envoy gets it from a client. */
export interface Request {
  readonly isTls: boolean;
  readonly port: number;
  /** Server name of the TLS handshake. */
  readonly serverName: string;
  /** Host header without a port, in lower case. */
  readonly host: string;
  readonly method: string;
  /** Path with the query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export type ReadRequest =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'invalid'; readonly message: string };

/** `headers`: each `name: value`. The URL's path stays as it is written, as Envoy may change it. */
export function readRequest(text: string, method: string, headers: readonly string[]): ReadRequest {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return invalid(`the URL must be http://HOST[:PORT]/PATH or https://… (got ${JSON.stringify(text)})`);
  const isTls = url.protocol === 'https:';
  const found = new Map<string, string>();
  for (const header of headers) {
    const colon = header.indexOf(':', 1);
    if (colon < 1) return invalid(`a header must be NAME: VALUE (got ${JSON.stringify(header)})`);
    const name = header.slice(0, colon).trim().toLowerCase();
    const value = header.slice(colon + 1).trim();
    const before = found.get(name);
    found.set(name, before === undefined ? value : `${before},${value}`);
  }
  const authority = found.get('host') ?? url.host;
  found.delete('host');
  found.set(':authority', authority);
  found.set(':method', method);
  const [rest = ''] = text.slice(text.indexOf('://') + 3).split('#', 1);
  const at = rest.search(/[/?]/);
  const target = at < 0 ? '/' : rest.slice(at);
  return {
    kind: 'request',
    request: {
      isTls,
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      serverName: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      host: authority.replace(/:\d+$/, '').toLowerCase(),
      method,
      target: target.startsWith('?') ? `/${target}` : target,
      headers: found,
    },
  };
}

function invalid(message: string): ReadRequest {
  return { kind: 'invalid', message };
}

export type SeenPath =
  /** `path` has no query. */
  | { readonly kind: 'path'; readonly path: string; readonly query: string }
  /** Envoy answers by itself, before it looks for a route. */
  | { readonly kind: 'answered'; readonly status: number; readonly why: string };

/** Returns the path by which Envoy looks for a route. */
export function seenPath({ target }: Request, manager: ConnectionManagerJson): SeenPath {
  const at = target.indexOf('?');
  const query = at < 0 ? '' : target.slice(at + 1);
  let path = at < 0 ? target : target.slice(0, at);
  const unescaped = path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  const action = manager.pathWithEscapedSlashesAction;
  if (unescaped !== path) {
    if (action === 'REJECT_REQUEST')
      return { kind: 'answered', status: 400, why: 'the path has an escaped slash' };
    if (action === 'UNESCAPE_AND_REDIRECT')
      return {
        kind: 'answered',
        status: 307,
        why: 'the path has an escaped slash, and Envoy redirects to the path without',
      };
    if (action === 'UNESCAPE_AND_FORWARD') path = unescaped;
  }
  if (manager.normalizePath === true) path = normalized(path);
  if (manager.mergeSlashes === true) path = path.replace(/\/{2,}/g, '/');
  return { kind: 'path', path, query };
}

/** Does what Envoy's URL library does: `.` and `..` go, and letters, digits, `-`, `.`, `_` and `~` are no longer escaped. */
function normalized(path: string): string {
  const plain = path.replace(/%([0-9a-f]{2})/gi, (escape, code: string) => {
    const character = String.fromCharCode(Number.parseInt(code, 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape;
  });
  return URL.parse(`http://host${plain}`)?.pathname ?? plain;
}
