import { noOutput, type RulePart, type UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import { parseChainName } from '../units/plugin-chain.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { unitName } from '../units/unit.ts';
import type { OurGateway } from './attach/ownership.ts';
import type { Referrer } from './backends/reference-grant.ts';
import { chainsOf, type RouteChainIR, type RouteFragmentIR, type RouteIR } from './ir.ts';
import type { Reader } from './reader.ts';
import { domainsOf } from './routes/gateway-domains.ts';
import { clusterRefs, parts } from './unit-parts.ts';

/* Parts of domains that units give, and what a proxy must have before them. */

/** Gives the domains of an object's listeners. */
export function domainsUnit(
  reader: Reader,
  gateway: OurGateway,
  owner: ResourceKey,
  from: Referrer,
  make: Parameters<typeof domainsOf>[3],
): UnitOutput {
  const { fragments, absent } = domainsOf(reader, gateway, from, make);
  const rules = ruleParts(fragments, absent);
  return { ...noOutput, fragments: parts(owner, fragments), rules, refs: rules.flatMap(({ refs }) => refs) };
}

export function ruleParts(
  fragments: readonly RouteFragmentIR[],
  absent: ReadonlyMap<string, ReadonlySet<ResourceKey>>,
): RulePart[] {
  const entries = new Set(fragments.flatMap((fragment) => fragment.entries));
  const byRule = Map.groupBy(entries, ({ rule }) => rule);
  return [...absent].map(([rule, keys]) => ({
    rule,
    refs: routeRefs((byRule.get(rule) ?? []).flatMap(({ routes }) => routes)),
    absent: [...keys],
  }));
}

/**
 * Returns Clusters (those of mirrors and of servers that check requests too), plugins, buckets of limits and credentials
 * that a proxy must have before these routes.
 */
function routeRefs(routes: readonly RouteIR[]): UnitName[] {
  const chains = new Set(routes.flatMap(chainsOf).map(unitOfChain));
  const secrets = new Set(routes.flatMap(({ credential }) => credential?.secret ?? []));
  return [
    ...clusterRefs(routes.flatMap(clustersOf)),
    ...[...chains].sort(),
    ...[...secrets].sort().map((secret) => unitName(parseSecretName(secret))),
  ];
}

function unitOfChain({ family, chain }: RouteChainIR): UnitName {
  return family === 'local_ratelimit'
    ? unitName({ kind: 'LimitChain', chain })
    : unitName({ kind: 'PluginChain', ...parseChainName(chain) });
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
