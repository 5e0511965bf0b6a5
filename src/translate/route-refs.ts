import type { UnitName } from '../lib/key.ts';
import { parseChainName } from '../units/plugin-chain.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { parseTokenChainName } from '../units/token-chain.ts';
import { unitName } from '../units/unit.ts';
import { chainsOf, type RouteChainIR, type RouteIR } from './ir.ts';
import { clusterRefs } from './unit-parts.ts';

/**
 * Returns Clusters (those of mirrors and of servers that proxies call by themselves too), plugins, verification of tokens,
 * buckets of limits and secrets that a proxy must have before these routes.
 */
export function routeRefs(routes: readonly RouteIR[]): UnitName[] {
  const chains = new Set(routes.flatMap(chainsOf).map(unitOfChain));
  const secrets = new Set(routes.flatMap(secretsOf));
  return [
    ...clusterRefs(routes.flatMap(clustersOf)),
    ...[...chains].sort(),
    ...[...secrets].sort().map((secret) => unitName(parseSecretName(secret))),
  ];
}

function unitOfChain({ family, chain }: RouteChainIR): UnitName {
  switch (family) {
    case 'local_ratelimit':
      return unitName({ kind: 'LimitChain', chain });
    case 'jwt_authn':
      return unitName({ kind: 'TokenChain', ...parseTokenChainName(chain) });
    case 'plugins':
      return unitName({ kind: 'PluginChain', ...parseChainName(chain) });
  }
}

function secretsOf({ credential, security }: RouteIR): string[] {
  const { oidc } = security ?? {};
  return [
    ...(credential === undefined ? [] : [credential.secret]),
    ...(oidc === undefined ? [] : [oidc.clientSecret, oidc.sessionKey]),
  ];
}

function clustersOf({ action, auths, security }: RouteIR): string[] {
  const called = [...auths.map(({ cluster }) => cluster), ...(security?.oidc ? [security.oidc.cluster] : [])];
  if (action.kind !== 'forward') return called;
  return [
    ...called,
    ...action.backends.flatMap((backend) => backend.cluster ?? []),
    ...action.mirrors.map((mirror) => mirror.cluster),
  ];
}
