import { Action, RBAC_Action } from '../../../proto/gen/envoy/config/rbac/v3/rbac.ts';
import {
  FilterChainConfig,
  FilterChainConfigPerRoute,
} from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import { RBAC, RBACPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/rbac/v3/rbac.ts';
import { Config as FilterState } from '../../../proto/gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state.ts';
import type { HttpFilter } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import { any } from './any.ts';
import { stateInput, stateValue } from './match-tree.ts';

/**
 * Envoy chooses the filters of a request by the first route that it matches. When a filter has it choose another route,
 * those that only this one turns on do not run. So the place `sluice.mark`, whose filters are those of the first route,
 * notes what protects that route, and `sluice.protection`, whose config is that of the route that serves the request,
 * refuses the request where the two differ. Both stand behind every plugin: a script can write the same state.
 */
export const protectionFilters: readonly HttpFilter[] = [
  {
    name: 'sluice.mark',
    disabled: true,
    configType: { $case: 'typedConfig', value: any(FilterChainConfig, {}) },
  },
  // A disabled filter would not run for the second route. Without config of the route it does nothing.
  { name: 'sluice.protection', configType: { $case: 'typedConfig', value: any(RBAC, {}) } },
];

/**
 * Returns the config by which a route takes only requests whose first route has the same protection. A route with plugins
 * notes also that it has none, in place of what a script has written.
 */
export function protectionOnRoute(
  protection: string | undefined,
  runsPlugins: boolean,
): (readonly [string, Any])[] {
  if (protection === undefined) return runsPlugins ? [['sluice.mark', mark(unprotected)]] : [];
  return [
    ['sluice.mark', mark(protection)],
    ['sluice.protection', sameAs(protection)],
  ];
}

const key = 'sluice.protection';

/** The mark of a protected route has a slash or a hash. */
const unprotected = 'none';

function mark(value: string): Any {
  const typedConfig = any(FilterState, { onRequestHeaders: [stateValue(key, value)] });
  return any(FilterChainConfigPerRoute, { filterChain: { filters: [{ name: 'mark', typedConfig }] } });
}

/** Denies what it does not match. */
function sameAs(protection: string): Any {
  const typedConfig = any(Action, { name: 'protected', action: RBAC_Action.ALLOW });
  const map = new Map([
    [protection, { onMatch: { $case: 'action', value: { name: 'protected', typedConfig } } } as const],
  ]);
  const value = { input: stateInput(key), treeType: { $case: 'exactMatchMap', value: { map } } } as const;
  return any(RBACPerRoute, { rbac: { matcher: { matcherType: { $case: 'matcherTree', value } } } });
}
