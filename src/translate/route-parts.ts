import { noOutput, type RulePart, type UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { OurGateway } from './attach/ownership.ts';
import type { Referrer } from './backends/reference-grant.ts';
import type { RouteFragmentIR } from './ir.ts';
import type { Reader } from './reader.ts';
import { domainsOf } from './routes/gateway-domains.ts';
import { routeRefs } from './route-refs.ts';
import { parts } from './unit-parts.ts';

/* Parts of domains that units give. */

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
