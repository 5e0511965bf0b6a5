import { FilterChainConfigPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import { any } from './any.ts';

/** Returns the config by which a route runs a filter of its own at the place of that name; see `http-filters.ts`. */
export function inPlace(name: string, typedConfig: Any): readonly [string, Any] {
  return [name, any(FilterChainConfigPerRoute, { filterChain: { filters: [{ name, typedConfig }] } })];
}
