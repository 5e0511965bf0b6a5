import { SourceIPInput } from '../../../proto/gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs.ts';
import { Ip } from '../../../proto/gen/envoy/extensions/matching/input_matchers/ip/v3/ip.ts';
import type { Matcher_MatcherList_Predicate as Predicate } from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import { any } from './any.ts';

/** Returns the condition that the client's address, as the listener knows it, is in one of the ranges. */
export function addressIn(ranges: readonly string[], statPrefix: string): Predicate {
  const cidrRanges = ranges.map((range) => {
    const [addressPrefix = '', prefixLen = ''] = range.split('/');
    return { addressPrefix, prefixLen: Number(prefixLen) };
  });
  const input = { name: 'client', typedConfig: any(SourceIPInput, {}) };
  const typedConfig = any(Ip, { cidrRanges, statPrefix });
  const matcher = { $case: 'customMatch', value: { name: 'match', typedConfig } } as const;
  return { matchType: { $case: 'singlePredicate', value: { input, matcher } } };
}
