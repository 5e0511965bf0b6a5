import type { Request } from '../envoy/http-client.ts';
import { issuers } from './scenery.ts';

/** A request, by what access depends on. */
export interface Visitor {
  readonly user: string | undefined;
  /** True: not the password of the user. */
  readonly liesAboutPassword: boolean;
  readonly keys: { readonly headers?: string; readonly params?: string; readonly cookies?: string };
  readonly token: TokenName;
  readonly team: string | undefined;
  readonly role: string | undefined;
  readonly method: string;
  readonly path: string;
  /** Address of the client. */
  readonly from: string;
}

export interface Token {
  readonly by: keyof typeof issuers;
  readonly isExpired?: boolean;
  readonly audience?: string;
  readonly scopes?: readonly string[];
  readonly team?: string;
  readonly roles?: readonly string[];
}

/** Undefined: no token; `broken`: none that can be read. */
export const tokens = {
  none: undefined,
  broken: undefined,
  plain: { by: 'a' },
  reader: { by: 'a', scopes: ['write', 'read'], team: 'red', roles: ['dev', 'admin'] },
  shopper: { by: 'a', audience: 'shop', scopes: ['read'] },
  other: { by: 'b', scopes: ['read'], team: 'red' },
  expired: { by: 'a', isExpired: true, scopes: ['read', 'write'], team: 'red', roles: ['admin'] },
  stolen: { by: 'stranger', scopes: ['read', 'write'], team: 'red', roles: ['admin'] },
} as const satisfies Readonly<Record<string, Token | undefined>>;

export type TokenName = keyof typeof tokens;

export function tokenOf(name: TokenName): Token | undefined {
  return tokens[name];
}

const texts = new Map<TokenName, string>();

/** Returns the text of a token; undefined: none. */
function tokenText(name: TokenName): string | undefined {
  if (name === 'none') return undefined;
  const known = texts.get(name) ?? signed(name);
  texts.set(name, known);
  return known;
}

function signed(name: TokenName): string {
  const token = tokenOf(name);
  if (token === undefined) return 'no.jwt.here';
  const { by, isExpired, audience, scopes, team, roles } = token;
  return issuers[by].token({
    ...(isExpired === true ? { exp: 1 } : {}),
    ...(audience === undefined ? {} : { aud: audience }),
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
    ...(team === undefined ? {} : { org: { team } }),
    ...(roles === undefined ? {} : { roles }),
  });
}

/** Returns headers by lower-case name. */
export function headersOf(visitor: Visitor): Record<string, string> {
  const { user, liesAboutPassword, keys, token, team, role } = visitor;
  const credentials = user === undefined ? undefined : `${user}:${liesAboutPassword ? 'wrong' : user}`;
  const given = {
    authorization: credentials && `Basic ${Buffer.from(credentials).toString('base64')}`,
    'x-key': keys.headers,
    cookie: keys.cookies && `key=${keys.cookies}`,
    'x-token': tokenText(token),
    'x-team': team,
    'x-role': role,
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export function pathOf({ path, keys }: Visitor): string {
  return keys.params === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}key=${keys.params}`;
}

export function requestOf(visitor: Visitor): Request {
  const { method, from } = visitor;
  return { method, path: pathOf(visitor), headers: headersOf(visitor), from };
}
