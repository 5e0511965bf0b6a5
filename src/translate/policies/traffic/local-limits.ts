import type { LocalLimitRule } from '../../../kinds/envoy-gateway/backend-traffic-limits.ts';
import type { TrafficSpec } from '../../../kinds/envoy-gateway/backend-traffic-policy.ts';
import { slotOf, slotPart } from '../../../units/filter-slot.ts';
import { limitChainName, limitClassName, parseLimitChain } from '../../../units/limit-chain.ts';
import type { ChainName } from '../../../units/plugin-chain.ts';
import type { LimitChainIR, LimitIR, LimitsIR, LimitTestIR, LimitValueIR } from '../../limit-ir.ts';
import { chosenBy, chosenByNone } from './limit-tests.ts';

/**
 * Bound of the ways in which a request may be none of a rule's. A way is a list of tests that Envoy makes of each request;
 * rules of one test have one way together.
 */
const maxWays = 16;

/** Returns the limits of a policy; undefined: none. */
export function localLimits({ rateLimit }: TrafficSpec, owners: ChainName): LimitsIR | undefined {
  const all = rateLimit?.local.rules ?? [];
  if (all.length === 0) return undefined;
  const { rules, common, others } = parts(all);
  const rest = common && limitOf(common, others ?? [], []);
  const classes = [...rules, ...(rest === undefined ? [] : [rest])].map(({ of }) => of);
  const chain = limitChainName(classes, owners);
  const isTooMuch = common !== undefined && others === undefined;
  return { filter: isTooMuch ? undefined : { slot: slotOf(family, chain), chain }, rules, rest };
}

/** Returns true for rules with more tests than routes should have: they have their buckets there, which Envoy refills. */
export function hasOwnBuckets(all: readonly LocalLimitRule[]): boolean {
  const { common, others } = parts(all);
  return common !== undefined && others === undefined;
}

function parts(all: readonly LocalLimitRule[]) {
  const chosen = all.filter((rule) => !isCommon(rule));
  const selections = chosen.map(({ clientSelectors }) => chosenBy(clientSelectors));
  const rules = chosen.map((rule, i) => {
    const { tests = [], each = [] } = selections[i] ?? {};
    return limitOf(rule, [tests], each);
  });
  return { rules, common: all.find(isCommon), others: chosenByNone(selections, maxWays) };
}

/** Returns true for the rule of requests that no other rule chooses. */
export function isCommon({ clientSelectors }: LocalLimitRule): boolean {
  return clientSelectors.length === 0;
}

export function translateLimitChain(chain: string): LimitChainIR {
  const classes = parseLimitChain(chain).map((of) => ({ key: limitClassName(of), of }));
  return { part: slotPart(family, chain), chain, classes };
}

const family = 'local_ratelimit';

/** Months have 30 days, and years 365. */
export const unitSeconds: Readonly<Record<LocalLimitRule['limit']['unit'], number>> = {
  Second: 1,
  Minute: 60,
  Hour: 3600,
  Day: 86_400,
  Week: 604_800,
  Month: 2_592_000,
  Year: 31_536_000,
};

function limitOf(
  { limit, shadowMode, xRateLimitHeaders }: LocalLimitRule,
  ways: readonly (readonly LimitTestIR[])[],
  each: readonly LimitValueIR[],
): LimitIR {
  const addresses = each.filter(({ kind }) => kind === 'address').length;
  const of = {
    requests: limit.requests,
    seconds: unitSeconds[limit.unit],
    isShadow: shadowMode,
    tests: Math.max(0, ...ways.map((way) => way.length)),
    values: each.length - addresses,
    addresses,
  };
  return { key: limitClassName(of), of, headers: xRateLimitHeaders, ways, each };
}
