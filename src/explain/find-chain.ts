import type { ConnectionManagerJson, FilterChainJson, ListenerJson } from './envoy-json.ts';
import type { Request } from './request.ts';

export type FoundChain =
  | { readonly kind: 'http'; readonly chain: FilterChainJson; readonly manager: ConnectionManagerJson }
  /** Envoy passes bytes on, and reads no request. */
  | { readonly kind: 'bytes'; readonly chain: FilterChainJson }
  | { readonly kind: 'none'; readonly why: string };

/** Finds the filter chain of a connection, by its server name: an exact one, then the longest wildcard, then the default. */
export function findChain({ filterChains = [] }: ListenerJson, request: Request): FoundChain {
  const candidates = request.isTls ? [request.serverName, ...wildcardsOf(request.serverName)] : [];
  const chain =
    firstOf(candidates, (name) => filterChains.find((one) => namesOf(one).includes(name))) ??
    filterChains.find((one) => namesOf(one).length === 0 && takes(one, request));
  if (chain === undefined) {
    const names = filterChains.flatMap(namesOf);
    if (names.length === 0) return { kind: 'none', why: 'no listener of the port takes such connections' };
    const why = request.isTls
      ? `no listener of the port has a hostname for the server name ${request.serverName}`
      : 'all listeners of the port are for TLS, and the request is not';
    return { kind: 'none', why };
  }
  const isTerminated = chain.transportSocket !== undefined;
  const manager = chain.filters?.find(({ name }) => name === managerName)?.typedConfig;
  if (manager === undefined) return { kind: 'bytes', chain };
  if (isTerminated !== request.isTls) {
    const why = isTerminated
      ? 'the listener is for TLS, and the request is not: ask for https://'
      : 'the listener is not for TLS, and the request is: ask for http://';
    return { kind: 'none', why };
  }
  return { kind: 'http', chain, manager };
}

export function certificatesOf({ transportSocket }: FilterChainJson): string[] {
  const secrets = transportSocket?.typedConfig?.commonTlsContext?.tlsCertificateSdsSecretConfigs ?? [];
  return secrets.map(({ name }) => name);
}

function namesOf({ filterChainMatch }: FilterChainJson): readonly string[] {
  return filterChainMatch?.serverNames ?? [];
}

function takes({ filterChainMatch }: FilterChainJson, { isTls }: Request): boolean {
  return filterChainMatch?.transportProtocol !== 'tls' || isTls;
}

/** Lists `*.b.c` and `*.c` for `a.b.c`. */
function wildcardsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, i) => `*.${labels.slice(i + 1).join('.')}`);
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const managerName = 'envoy.filters.network.http_connection_manager';
