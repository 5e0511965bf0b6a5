import type { RateLimit_Action } from '../../../proto/gen/envoy/config/route/v3/rate_limit.ts';
import { RateLimit_XRateLimitOption } from '../../../proto/gen/envoy/config/route/v3/rate_limit.ts';
import { XRateLimitHeadersRFCVersion } from '../../../proto/gen/envoy/extensions/common/ratelimit/v3/ratelimit.ts';
import { FilterChainConfigPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import { LocalRateLimit } from '../../../proto/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.ts';
import type { TokenBucket } from '../../../proto/gen/envoy/type/v3/token_bucket.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import { limitSeconds, type LimitIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { millionths } from './fraction.ts';
import { limitActions, type Entry } from './limit-actions.ts';

/** Bound of the buckets for values that clients choose, at about 200 bytes each; Envoy Gateway's. */
const maxBuckets = 10_000;

/**
 * Gives the place of rate limits a filter with the buckets of this route. HAZARD: Envoy makes the filter again, with full
 * buckets, at each update of routes of the listener, also of another virtual host. Buckets that last would stand in a slot
 * (`local_ratelimit` of `http-filters.ts`).
 */
export function localLimitConfig(rules: readonly LimitIR[]): Any {
  const common = rules.find(({ clientSelectors }) => clientSelectors.length === 0);
  const classes = rules.filter((rule) => rule !== common);
  const described = classes.map((rule, i) => ({ rule, parts: limitActions(rule.clientSelectors, i) }));
  const filter = any(LocalRateLimit, {
    statPrefix: 'http_local_rate_limiter',
    // A rule without a limit for other requests leaves them alone.
    tokenBucket: bucket(common?.limit ?? { requests: 4_294_967_295, unit: 'Second' }),
    filterEnabled: millionths(1_000_000),
    filterEnforced: millionths(common?.shadowMode === true ? 0 : 1_000_000),
    descriptors: described.map(({ rule, parts }) => ({
      entries: parts.map(({ key, value }: Entry) => ({ key, value })),
      tokenBucket: bucket(rule.limit),
      shadowMode: rule.shadowMode,
    })),
    enableXRatelimitHeaders:
      common?.xRateLimitHeaders === 'Off'
        ? XRateLimitHeadersRFCVersion.OFF
        : XRateLimitHeadersRFCVersion.DRAFT_VERSION_03,
    // A request counts for the common rule only if no other one is for it.
    alwaysConsumeDefaultTokenBucket: false,
    rateLimits: described.map(({ rule, parts }) => ({
      actions: parts.map(({ action }: Entry): RateLimit_Action => ({ actionSpecifier: action })),
      xRatelimitOption: headersOf(rule),
    })),
    maxDynamicDescriptors: maxBuckets,
  });
  const filters = [{ name: 'envoy.filters.http.local_ratelimit', typedConfig: filter }];
  return any(FilterChainConfigPerRoute, { filterChain: { filters } });
}

function bucket({ requests, unit }: LimitIR['limit']): TokenBucket {
  return {
    maxTokens: requests,
    tokensPerFill: requests,
    fillInterval: duration(limitSeconds[unit] * 1000),
  };
}

function headersOf({ xRateLimitHeaders }: LimitIR): RateLimit_XRateLimitOption {
  if (xRateLimitHeaders === undefined) return RateLimit_XRateLimitOption.UNSPECIFIED;
  return xRateLimitHeaders === 'Off'
    ? RateLimit_XRateLimitOption.OFF
    : RateLimit_XRateLimitOption.DRAFT_VERSION_03;
}
