import type { UnitName } from '../lib/key.ts';
import { parseChainName } from '../units/plugin-chain.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { parseTokenChainName } from '../units/token-chain.ts';
import { unitName } from '../units/unit.ts';
import { chainsOf, type RouteChainIR, type RouteIR } from './ir.ts';
import { clusterRefs } from './unit-parts.ts';

/**
 * Returns Clusters (those of mirrors and of servers that check requests too), plugins, verification of tokens, buckets of
 * limits and credentials that a proxy must have before these routes.
 */
export function routeRefs(routes: readonly RouteIR[]): UnitName[] {
  const chains = new Set(routes.flatMap(chainsOf).map(unitOfChain));
  const secrets = new Set(routes.flatMap(({ credential }) => credential?.secret ?? []));
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

function clustersOf({ action, auths }: RouteIR): string[] {
  const checks = auths.map(({ cluster }) => cluster);
  if (action.kind !== 'forward') return checks;
  return [
    ...checks,
    ...action.backends.flatMap((backend) => backend.cluster ?? []),
    ...action.mirrors.map((mirror) => mirror.cluster),
  ];
}
