import type {
  AccessPolicy,
  AccessSpec,
  ApiKeys,
  Authorization,
  KeyPlace,
  PathTest,
  Provider,
  Rule,
  SecretName,
  Tokens,
} from './access-policy.ts';
import {
  gatewayNamespace,
  granted,
  issuers,
  keySets,
  keySetsOf,
  keysOf,
  routeNamespace,
  setListener,
  usersOf,
  type ListenerName,
  type RuleName,
} from './scenery.ts';
import { tokenOf, type Token, type TokenName, type Visitor } from './visitor.ts';

/**
 * A model of who may come in, after the documents of SecurityPolicy and GEP-713. It shares no code with translation.
 * https://gateway.envoyproxy.io/docs/api/extension_types/#securitypolicy
 */

export interface AccessPlace {
  readonly route: string;
  readonly rule: RuleName;
  readonly listener: ListenerName;
}

/** Requirements at a place, with the namespace in which references resolve; `closed`: no request may pass. */
export type Access =
  | 'closed'
  | {
      readonly users: readonly string[] | undefined;
      readonly keys:
        | { readonly known: ReadonlySet<string>; readonly from: ApiKeys['extractFrom'] }
        | undefined;
      readonly tokens: Tokens | undefined;
      readonly tokenHome: string;
      readonly authorization: Authorization | undefined;
    };

/** Returns undefined where no policy is in force. */
export function accessAt(policies: readonly AccessPolicy[], place: AccessPlace): Access | undefined {
  const { route, rule, listener } = place;
  const oldest = (kind: string, name: string, sectionName?: string): AccessPolicy | undefined =>
    policies
      .filter(({ namespace, targets }) =>
        targets.some(
          (target) =>
            target.kind === kind &&
            target.name === name &&
            target.sectionName === sectionName &&
            namespace === (kind === 'HTTPRoute' ? routeNamespace : gatewayNamespace),
        ),
      )
      .toSorted((one, other) => (ageOf(one) < ageOf(other) ? -1 : 1))
      .at(0);
  const ofListener =
    listener === setListener
      ? (oldest('ListenerSet', 'set', listener) ?? oldest('ListenerSet', 'set'))
      : oldest('Gateway', 'web', listener);
  const above = ofListener ?? oldest('Gateway', 'web');
  const own = oldest('HTTPRoute', route, rule) ?? oldest('HTTPRoute', route);
  const decides = own ?? above;
  if (decides === undefined) return undefined;
  const parent = own?.spec.mergeType === undefined ? undefined : above;
  return accessOf(decides, parent);
}

function ageOf({ created, namespace, name }: AccessPolicy): string {
  return `${created} ${namespace}/${name}`;
}

/** A fault in a policy, or in that which it merges with, closes its place. */
function accessOf(own: AccessPolicy, parent: AccessPolicy | undefined): Access {
  const all = parent === undefined ? [own] : [own, parent];
  if (all.some(isFaulty)) return 'closed';
  const given = own.spec;
  const above = parent?.spec ?? {};
  const homeOf = (part: 'basicAuth' | 'apiKeyAuth' | 'jwt'): string =>
    given[part] === undefined && parent !== undefined ? parent.namespace : own.namespace;
  // A patch replaces what it gives, field by field.
  const merged = <Part extends keyof AccessSpec>(part: Part): AccessSpec[Part] =>
    given[part] === undefined ? above[part] : { ...Object(above[part]), ...Object(given[part]) };
  const tokens = merged('jwt');
  const tokenHome = homeOf('jwt');
  const users = merged('basicAuth') && usersIn(homeOf('basicAuth'), merged('basicAuth')?.users);
  const keys = merged('apiKeyAuth') && keysIn(homeOf('apiKeyAuth'), merged('apiKeyAuth')?.credentialRefs);
  const authorization = merged('authorization');
  // The API gives `failOpen` a default, which a merge takes as given.
  const server = given.extAuth ?? above.extAuth;
  const providers = tokens?.providers ?? [];
  const isClosed =
    users === 'fault' ||
    keys === 'fault' ||
    providers.some((provider) => signersOf(tokenHome, provider) === 'fault') ||
    // No server of the scenery can be reached.
    (server !== undefined && server.failOpen !== true) ||
    (authorization?.rules ?? []).some((rule) => isWrong(rule, providers));
  if (isClosed) return 'closed';
  const from = merged('apiKeyAuth')?.extractFrom ?? [];
  return {
    users,
    keys: keys && { known: keys, from },
    tokens,
    tokenHome,
    authorization,
  };
}

function isFaulty({ fault, spec, targets }: AccessPolicy): boolean {
  const asksForTokens = (spec.authorization?.rules ?? []).some(
    ({ principal }) => principal.jwt !== undefined,
  );
  const mergesAbove = spec.mergeType !== undefined && targets.some(({ kind }) => kind !== 'HTTPRoute');
  const isUndecided = spec.jwt?.optional !== undefined && spec.jwt.failOpen !== undefined;
  return fault !== undefined || mergesAbove || isUndecided || (asksForTokens && spec.jwt === undefined);
}

function isWrong({ principal, operation }: Rule, providers: readonly Provider[]): boolean {
  const provider = principal.jwt?.provider;
  const isUnknown = provider !== undefined && providers.every(({ name }) => name !== provider);
  return isUnknown || operation?.path?.value === '(';
}

/** Returns `namespace/name` of an object that a policy may read. */
function readableName(home: string, { name, namespace = home }: SecretName): string | undefined {
  return namespace === home || home === granted ? `${namespace}/${name}` : undefined;
}

function usersIn(home: string, ref: SecretName | undefined): readonly string[] | 'fault' {
  const key = ref && readableName(home, ref);
  return (key === undefined ? undefined : usersOf.get(key)) ?? 'fault';
}

/** Secrets without a key that a visitor has. One with a value of several lines is a fault. */
const withoutKeys: ReadonlySet<string> = new Set(['empty', 'users']);

/** A client of two Secrets has the key of the first. */
function keysIn(home: string, refs: readonly SecretName[] = []): ReadonlySet<string> | 'fault' {
  const known = new Map<string, string>();
  for (const ref of refs) {
    const key = readableName(home, ref);
    const found = keysOf.get(key ?? '');
    if (key === undefined || (found === undefined && !withoutKeys.has(ref.name))) return 'fault';
    for (const [client, value] of found ?? []) if (!known.has(client)) known.set(client, value);
  }
  return new Set(known.values());
}

function signersOf(home: string, { localJWKS }: Provider): 'a' | 'b' | 'fault' {
  if ('inline' in localJWKS) {
    return (['a', 'b'] as const).find((name) => keySets[name] === localJWKS.inline) ?? 'fault';
  }
  return keySetsOf.get(`${home}/${localJWKS.valueRef.name}`) ?? 'fault';
}

export function mayEnter(access: Access | undefined, visitor: Visitor): boolean {
  if (access === undefined) return true;
  if (access === 'closed') return false;
  const { users, keys, tokens, tokenHome, authorization } = access;
  if (users !== undefined && (visitor.liesAboutPassword || !users.includes(visitor.user ?? ''))) return false;
  if (keys !== undefined && !keys.known.has(shownKey(keys.from, visitor) ?? '')) return false;
  const provider = tokens && providerOf(tokenHome, tokens, visitor.token);
  if (tokens !== undefined && provider === undefined) {
    const passes = tokens.failOpen === true || (tokens.optional === true && visitor.token === 'none');
    if (!passes) return false;
  }
  if (authorization === undefined) return true;
  const first = authorization.rules?.find((rule) => matches(rule, visitor, provider?.name));
  return (first?.action ?? authorization.defaultAction ?? 'Deny') === 'Allow';
}

/** The first place that has a key decides. */
function shownKey(from: ApiKeys['extractFrom'], { keys }: Visitor): string | undefined {
  const places = from.flatMap((source) => Object.keys(source) as KeyPlace[]);
  return places.flatMap((place) => keys[place] ?? []).at(0);
}

/** Returns the first provider that accepts the token. */
function providerOf(home: string, { providers }: Tokens, name: TokenName): Provider | undefined {
  const token = tokenOf(name);
  if (token === undefined || token.isExpired === true) return undefined;
  return providers.find(
    (provider) =>
      signersOf(home, provider) === token.by &&
      (provider.issuer === undefined || provider.issuer === issuers[token.by].issuer) &&
      (provider.audiences === undefined || provider.audiences.includes(token.audience ?? '')),
  );
}

function matches({ principal, operation }: Rule, visitor: Visitor, provider: string | undefined): boolean {
  const { clientCIDRs, headers = [], jwt } = principal;
  const { methods, path } = operation ?? {};
  const shown: Readonly<Record<string, string | undefined>> = {
    'x-team': visitor.team,
    'x-role': visitor.role,
  };
  return (
    (clientCIDRs === undefined || clientCIDRs.some((range) => isIn(range, visitor.from))) &&
    headers.every(({ name, values }) => values.includes(shown[name.toLowerCase()] ?? '')) &&
    (methods === undefined || methods.includes(visitor.method)) &&
    (path === undefined || isPath(path, visitor.path) !== (path.invert === true)) &&
    (jwt === undefined || (jwt.provider === provider && holds(jwt, tokenOf(visitor.token))))
  );
}

/** Clients have IPv4 addresses. */
function isIn(range: string, address: string): boolean {
  const [net = '', bits = ''] = range.split('/');
  const size = 2 ** (32 - Number(bits));
  return !net.includes(':') && Math.floor(numberOf(net) / size) === Math.floor(numberOf(address) / size);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The query does not count. */
function isPath({ type = 'PathPrefix', value }: PathTest, given: string): boolean {
  const [path = ''] = given.split('?');
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return new RegExp(`^(?:${value})$`).test(path);
  const whole = value.endsWith('/') ? value.slice(0, -1) : value;
  return path === whole || path.startsWith(`${whole}/`);
}

function holds({ scopes = [], claims = [] }: NonNullable<Rule['principal']['jwt']>, token?: Token): boolean {
  const lists: Readonly<Record<string, readonly string[] | undefined>> = { roles: token?.roles };
  const texts: Readonly<Record<string, string | undefined>> = { 'org.team': token?.team };
  return (
    scopes.every((scope) => token?.scopes?.includes(scope) === true) &&
    claims.every(({ name, valueType = 'String', values }) =>
      valueType === 'String'
        ? values.includes(texts[name] ?? '')
        : values.some((value) => lists[name]?.includes(value) === true),
    )
  );
}
