import {
  RateLimit_XRateLimitOption,
  type RateLimit,
} from '../../../proto/gen/envoy/config/route/v3/rate_limit.ts';
import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import {
  XRateLimitHeadersRFCVersion,
  type LocalRateLimitDescriptor,
} from '../../../proto/gen/envoy/extensions/common/ratelimit/v3/ratelimit.ts';
import { FilterChainConfigPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import { LocalRateLimit } from '../../../proto/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.ts';
import type { TokenBucket } from '../../../proto/gen/envoy/type/v3/token_bucket.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { LimitChainIR, LimitIR, LimitsIR, RouteLimitsIR } from '../limit-ir.ts';
import { any, encode } from './any.ts';
import { duration } from './duration.ts';
import { chainPart } from './filter-slot.ts';
import { millionths } from './fraction.ts';
import { classActions, classEntries, keyAction } from './limit-actions.ts';
import type { EncodedResource } from './resource.ts';

/**
 * Bound of the buckets of a class, at about 200 bytes each; the one that was not used for longest goes first, and is full
 * when it is there again. Where clients choose values it is Envoy Gateway's; elsewhere a route has one for each hostname.
 */
const maxBuckets = { clients: 10_000, routes: 100_000 };

/** Stage of the routes' own buckets, so that a filter for limits of all proxies together does not see them. */
const stage = 1;

/**
 * Encodes the filter of a chain. It has no bucket of its own, and for each class one for every value of the first entry:
 * the routes name their buckets by that. HAZARD: Envoy fills all buckets of a slot again when any chain of it changes.
 */
export function limitChainResource({ part, chain, classes }: LimitChainIR): EncodedResource {
  const isChosenByClients = classes.some(({ of }) => of.values + of.addresses > 0);
  const filter = any(LocalRateLimit, {
    ...always,
    stage,
    descriptors: classes.map(({ key, of }) => descriptor(key, '', of)),
    rateLimits: [],
    maxDynamicDescriptors: isChosenByClients ? maxBuckets.clients : maxBuckets.routes,
  });
  return chainPart(part, chain, [[encode(TypedExtensionConfig, { name: filterName, typedConfig: filter })]]);
}

/** Says which buckets of the chain a request of the route takes a token from. */
export function limitsOfRoute({ bucket: own, ...limits }: RouteLimitsIR): RateLimit[] {
  return namedLimits(limits).flatMap(([name, limit]) =>
    limit.ways.map((way) => ({ ...rateLimit(limit.key, `${own}#${name}`, limit, way), stage })),
  );
}

/**
 * Gives the place of rate limits a filter with the buckets of this route: Envoy does not ask routes without a backend for
 * their limits. HAZARD: Envoy makes the filter again, with full buckets, at each update of routes of the listener, also of
 * another virtual host.
 */
export function ownLimits(limits: LimitsIR): Any {
  const named = namedLimits(limits);
  const filter = any(LocalRateLimit, {
    ...always,
    ...(limits.rest?.ways.length === 0 ? forAllOthers(limits.rest) : {}),
    descriptors: named.map(([name, { of }]) => descriptor(ofRoute, name, of)),
    // A request counts for the rest only if no rule is for it.
    alwaysConsumeDefaultTokenBucket: false,
    rateLimits: named.flatMap(([name, limit]) =>
      limit.ways.map((way) => rateLimit(ofRoute, name, limit, way)),
    ),
    maxDynamicDescriptors: maxBuckets.clients,
  });
  return any(FilterChainConfigPerRoute, {
    filterChain: { filters: [{ name: filterName, typedConfig: filter }] },
  });
}

/** Names the limits that a request chooses by tests. */
function namedLimits({ rules, rest }: LimitsIR): (readonly [string, LimitIR])[] {
  const last = rest === undefined || rest.ways.length === 0 ? [] : [['rest', rest] as const];
  return [...rules.map((limit, i) => [String(i), limit] as const), ...last];
}

function forAllOthers({ of, headers }: LimitIR) {
  return {
    tokenBucket: bucket(of),
    filterEnforced: millionths(of.isShadow ? 0 : 1_000_000),
    enableXRatelimitHeaders:
      headers === 'Off' ? XRateLimitHeadersRFCVersion.OFF : XRateLimitHeadersRFCVersion.DRAFT_VERSION_03,
  };
}

function rateLimit(key: string, value: string, limit: LimitIR, way: LimitIR['ways'][number]): RateLimit {
  return {
    actions: [keyAction(key, value), ...classActions(limit, way)],
    xRatelimitOption: headersOf(limit),
  };
}

function descriptor(key: string, value: string, of: LimitIR['of']): LocalRateLimitDescriptor {
  return {
    entries: [{ key, value }, ...classEntries(of)],
    tokenBucket: bucket(of),
    shadowMode: of.isShadow,
  };
}

const ofRoute = 'rule';
const filterName = 'envoy.filters.http.local_ratelimit';

const always = {
  statPrefix: 'http_local_rate_limiter',
  filterEnabled: millionths(1_000_000),
  filterEnforced: millionths(1_000_000),
  enableXRatelimitHeaders: XRateLimitHeadersRFCVersion.DRAFT_VERSION_03,
} as const;

function bucket({ requests, seconds }: Pick<LimitIR['of'], 'requests' | 'seconds'>): TokenBucket {
  return {
    maxTokens: requests,
    tokensPerFill: requests,
    fillInterval: duration(seconds * 1000),
  };
}

function headersOf({ headers }: LimitIR): RateLimit_XRateLimitOption {
  if (headers === undefined) return RateLimit_XRateLimitOption.UNSPECIFIED;
  return headers === 'Off' ? RateLimit_XRateLimitOption.OFF : RateLimit_XRateLimitOption.DRAFT_VERSION_03;
}
