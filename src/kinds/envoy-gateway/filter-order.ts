import { z } from 'zod';

/** HTTP filters that an EnvoyProxy may move. The router is not one of them: it is always the last. */
const filterName = z.enum([
  'envoy.filters.http.custom_response',
  'envoy.filters.http.health_check',
  'envoy.filters.http.fault',
  'envoy.filters.http.cors',
  'envoy.filters.http.csrf',
  'envoy.filters.http.header_mutation',
  'envoy.filters.http.ext_authz',
  'envoy.filters.http.api_key_auth',
  'envoy.filters.http.basic_auth',
  'envoy.filters.http.oauth2',
  'envoy.filters.http.jwt_authn',
  'envoy.filters.http.stateful_session',
  'envoy.filters.http.buffer',
  'envoy.filters.http.lua',
  'envoy.filters.http.ext_proc',
  'envoy.filters.http.wasm',
  'envoy.filters.http.dynamic_modules',
  'envoy.filters.http.geoip',
  'envoy.filters.http.rbac',
  'envoy.filters.http.local_ratelimit',
  'envoy.filters.http.ratelimit',
  'envoy.filters.http.bandwidth_limit',
  'envoy.filters.http.grpc_web',
  'envoy.filters.http.grpc_stats',
  'envoy.filters.http.credential_injector',
  'envoy.filters.http.compressor',
  'envoy.filters.http.dynamic_forward_proxy',
]);

export type FilterName = z.infer<typeof filterName>;

/** Puts all filters of a name before the first, or after the last, of another. */
const filterPosition = z
  .object({ name: filterName, before: filterName.optional(), after: filterName.optional() })
  .superRefine(({ before, after }, context) => {
    if ((before === undefined) !== (after === undefined)) return;
    const path = [before === undefined ? 'before' : 'after'];
    context.addIssue({ code: 'custom', path, message: 'exactly one of before and after must be given' });
  });

export type FilterPosition = z.infer<typeof filterPosition>;

export const filterOrder = z
  .array(filterPosition)
  .max(64)
  .refine(
    canHold,
    'contradicts itself; lua, ext_proc, wasm and dynamic_modules stand in one place, in an order of their own',
  );

/** Filters that have one place in the filter chain, where plugins run in the order of their policy. */
const plugins: ReadonlySet<FilterName> = new Set<FilterName>([
  'envoy.filters.http.lua',
  'envoy.filters.http.ext_proc',
  'envoy.filters.http.wasm',
  'envoy.filters.http.dynamic_modules',
]);

/** Returns true for two sorts of plugins. Such a position has no effect. */
export function isAmongPlugins({ name, before, after }: FilterPosition): boolean {
  const other = before ?? after;
  return other !== undefined && plugins.has(name) && plugins.has(other);
}

/** Takes filters that need to wait for no other, until none is left. Costs O(positions²). */
function canHold(positions: readonly FilterPosition[]): boolean {
  let rest = positions
    .filter((position) => !isAmongPlugins(position))
    .map(({ name, before, after }) =>
      before === undefined
        ? ([placeOf(after), placeOf(name)] as const)
        : ([placeOf(name), placeOf(before)] as const),
    );
  while (rest.length > 0) {
    const waiting = new Set(rest.map(([, last]) => last));
    const left = rest.filter(([first]) => waiting.has(first));
    if (left.length === rest.length) return false;
    rest = left;
  }
  return true;
}

function placeOf(name: FilterName | undefined): FilterName | 'plugins' | undefined {
  return name !== undefined && plugins.has(name) ? 'plugins' : name;
}
