import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { isLuaScript } from '../envoy-gateway/lua-script.ts';

const data = z
  .unknown()
  .optional()
  .transform((value) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      : [],
  );

const configMap = z.object({ data }).transform(({ data: entries }) => ({
  /** PEM text. */
  ca: entries.find(([key]) => key === 'ca.crt')?.[1],
  /** Certificates that their CA has revoked, as PEM text. */
  revoked: entries.find(([key]) => key === 'ca.crl')?.[1],
  lua: luaOf(entries),
  /** Body of a response that the proxy gives itself. */
  body: entries.find(([key]) => key === 'response.body')?.[1],
  /** Keys by which tokens are verified, as JSON. */
  jwks: entries.find(([key]) => key === 'jwks')?.[1],
  /** Values that are one short line, by key. */
  lines: linesOf(entries),
}));

/**
 * Keeps certificates and revocation lists of an authority, a Lua script, the body of a response, keys of tokens, and short
 * lines, which a SecurityPolicy may send to a server: other data never enters the store.
 */
export const configMapKind = jsonKind(
  {
    group: '',
    kind: 'ConfigMap',
    versions: ['v1'],
    plural: 'configmaps',
    scope: 'namespaced',
    role: 'support',
    // Each namespace has one, which no object refers to.
    fieldSelector: 'metadata.name!=kube-root-ca.crt',
  },
  configMap,
  undefined,
  (row) => ({ ...row, lua: undefined }),
);

/** A value that is sent with each check of a request is short; most ConfigMaps hold files. */
const line = /^[\x20-\x7e]{1,256}$/;
const maxLines = 64;

/** Keys that are kept whatever they hold. */
const ownKeys: ReadonlySet<string> = new Set(['ca.crt', 'ca.crl', 'lua', 'response.body', 'jwks']);

/** Leaves out scripts, which must not be kept where none runs. */
function linesOf(entries: readonly (readonly [string, string])[]): [string, string][] | undefined {
  const found = entries
    .filter(([key, text]) => !ownKeys.has(key) && line.test(text) && !isLuaScript(text))
    .map(([key, text]): [string, string] => [key, text]);
  return found.length === 0 ? undefined : found.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, maxLines);
}

/** Returns `lua`, or else, by key, the first text that can be a script; Envoy Gateway takes any text. */
function luaOf(entries: readonly (readonly [string, string])[]): string | undefined {
  const named = entries.find(([key]) => key === 'lua');
  if (named !== undefined) return named[1];
  const scripts = entries.filter(([, text]) => isLuaScript(text));
  return scripts.sort(([a], [b]) => (a < b ? -1 : 1))[0]?.[1];
}
