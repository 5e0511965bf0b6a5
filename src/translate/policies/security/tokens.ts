import type { Jwt, JwtProvider } from '../../../kinds/envoy-gateway/jwt.ts';
import { keyServerPart } from '../../../kinds/envoy-gateway/security-servers.ts';
import { serversOf } from '../../../kinds/envoy-gateway/server-ref.ts';
import type { Problem } from '../../../kinds/row.ts';
import { contentHash } from '../../../lib/hash.ts';
import { resourceKey, type ReadKey } from '../../../lib/key.ts';
import type { SettingsPlace } from '../../../units/cluster-name.ts';
import type { PolicyName } from '../../../units/plugin-chain.ts';
import { slotOf, slotPart } from '../../../units/filter-slot.ts';
import { tokenChainName, type TokenChainName } from '../../../units/token-chain.ts';
import type { RouteChainIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import type { TokenChainIR, TokenKeysIR, TokenProviderIR } from '../../security-ir.ts';
import { keySetProblem } from './key-set.ts';
import { mergedSecurity, securityAlone, type Security } from './rule-security.ts';
import { resolveServer, serverKeys, withSettings, type Server } from './server.ts';
import { serverOfUrl, urlServerKeys } from './url-server.ts';

export function tokenKeys({ providers }: Jwt, home: string): ReadKey[] {
  return providers.flatMap(({ remoteJWKS, localJWKS }) => [
    ...(remoteJWKS === undefined ? [] : keyServerKeys(remoteJWKS, home)),
    ...(localJWKS?.valueRef === undefined ? [] : [resourceKey('ConfigMap', home, localJWKS.valueRef.name)]),
  ]);
}

/** Returns the chain by which a route verifies tokens. */
export function tokenChainOf({ spec, owners, homeOf }: Security): RouteChainIR | undefined {
  if (spec.jwt === undefined) return undefined;
  const chain = tokenChainName({ ...owners, hash: settingsHash(spec.jwt, homeOf('jwt')) });
  return { family: 'jwt_authn', slot: slotOf('jwt_authn', chain), chain };
}

/**
 * Keys of ConfigMaps and servers are not part of it, nor settings of connections: they change in place, without a change of
 * routes.
 */
function settingsHash(jwt: Jwt, home: string): string {
  return contentHash(JSON.stringify([home, jwt], withoutSettings));
}

function withoutSettings(key: string, value: unknown): unknown {
  return key === 'backendSettings' ? undefined : value;
}

/**
 * Makes the chain of a name. Returns undefined when its policies ask for something else now, or for what cannot be had:
 * routes are about to leave it, and proxies keep the form that they have until then.
 */
export function translateTokenChain(reader: Reader, name: TokenChainName): TokenChainIR | undefined {
  const security = readSecurity(reader, name);
  const jwt = security?.spec.jwt;
  if (security === undefined || jwt === undefined) return undefined;
  const home = security.homeOf('jwt');
  if (settingsHash(jwt, home) !== name.hash) return undefined;
  reader.expect(tokenKeys(jwt, home));
  const problems: Problem[] = [];
  const providers = translateProviders(reader, jwt, security.ownerOf('jwt'), problems);
  if (problems.length > 0) return undefined;
  const chain = tokenChainName(name);
  return { part: slotPart('jwt_authn', chain), chain, passes: passing(jwt), providers };
}

function readSecurity(reader: Reader, { own, parent }: TokenChainName): Security | undefined {
  const kind = 'SecurityPolicy';
  reader.expect(
    [own, parent].flatMap((of) => (of === undefined ? [] : resourceKey(kind, of.namespace, of.name))),
  );
  const row = reader.row(kind, own.namespace, own.name);
  const above = parent && reader.row(kind, parent.namespace, parent.name);
  if (row === undefined || (parent !== undefined && above === undefined)) return undefined;
  return parent === undefined || above === undefined
    ? securityAlone({ ...own, row })
    : mergedSecurity({ ...parent, row: above }, { ...own, row });
}

function passing({ optional, failOpen }: Jwt): TokenChainIR['passes'] {
  if (failOpen === true) return 'all';
  return optional === true ? 'missing' : 'none';
}

export function translateProviders(
  reader: Reader,
  { providers, optional, failOpen }: Jwt,
  owner: PolicyName,
  problems: Problem[],
): TokenProviderIR[] {
  // HAZARD: a client that writes such a header itself is matched by it first. Envoy removes it, and only a valid token has
  // the route chosen again. So any valid token must, and no request may pass without one.
  const choosesRoute = providers.some(({ recomputeRoute }) => recomputeRoute);
  const passesWithout = optional === true || failOpen === true;
  return providers.flatMap((provider, i): TokenProviderIR[] => {
    const { name, issuer, audiences, claimToHeaders, extractFrom } = provider;
    const path = `spec.jwt.providers[${i}]`;
    if (provider.recomputeRoute && passesWithout)
      problems.push({
        path: `${path}.recomputeRoute`,
        message:
          'must not be given with optional or failOpen: clients without a token would choose the route',
      });
    const keys = keysOf(reader, provider, owner, path, problems);
    if (keys === undefined) return [];
    return [{ name, issuer, audiences, keys, headers: claimToHeaders, from: extractFrom, choosesRoute }];
  });
}

function keysOf(
  reader: Reader,
  { name, remoteJWKS, localJWKS }: JwtProvider,
  owner: PolicyName,
  path: string,
  problems: Problem[],
): TokenKeysIR | undefined {
  const wrong = (field: string, message: string): undefined => {
    problems.push({ path: `${path}.${field}`, message });
  };
  const home = owner.namespace;
  if (remoteJWKS === undefined) {
    const ref = localJWKS?.valueRef;
    const field = ref === undefined ? 'localJWKS.inline' : 'localJWKS.valueRef';
    if (ref !== undefined && (!['', 'v1'].includes(ref.group) || ref.kind !== 'ConfigMap'))
      return wrong(field, 'must be a ConfigMap');
    const row = ref && reader.row('ConfigMap', home, ref.name);
    if (ref !== undefined && row === undefined)
      return wrong(field, `ConfigMap ${home}/${ref.name} does not exist`);
    if (row !== undefined && row.jwks === undefined)
      return wrong(field, `ConfigMap ${home}/${ref?.name} has no key jwks`);
    const jwks = row?.jwks ?? localJWKS?.inline ?? '';
    const problem = keySetProblem(jwks);
    return problem === undefined ? { kind: 'local', jwks } : wrong(field, `the key set ${problem}`);
  }
  const { uri, cacheDuration: cacheMs, failedRefetchDuration: refetchMs } = remoteJWKS;
  const place = { kind: 'SecurityPolicy', ...owner, part: keyServerPart(name) } as const;
  const server = keyServer(reader, remoteJWKS, place, `${path}.remoteJWKS`);
  if ('message' in server) {
    problems.push(server);
    return undefined;
  }
  return { kind: 'remote', uri, cluster: server.cluster, cacheMs, refetchMs };
}

type RemoteKeys = NonNullable<JwtProvider['remoteJWKS']>;

function keyServerKeys(remote: RemoteKeys, home: string): ReadKey[] {
  const refs = serversOf(remote);
  return refs.length === 0 ? urlServerKeys() : serverKeys(home, refs);
}

function keyServer(reader: Reader, remote: RemoteKeys, place: SettingsPlace, path: string): Server | Problem {
  const refs = serversOf(remote);
  const own = { settings: remote.backendSettings, place };
  if (refs.length > 0)
    return resolveServer(reader, place.namespace, refs, undefined, `${path}.backendRefs`, own);
  const server = serverOfUrl(reader, place.namespace, remote.uri, `${path}.uri`);
  return 'message' in server ? server : withSettings(server, own);
}
