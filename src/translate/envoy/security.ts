import { FilterChainConfigPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { AuthorizationIR, SecurityIR } from '../security-ir.ts';
import { any } from './any.ts';
import { authorizationConfig, expressionFilters } from './authorization.ts';
import { clientKeysOnRoute, usersOnRoute } from './client-secrets.ts';
import { csrfConfig } from './csrf.ts';
import { oidcOnRoute } from './oidc.ts';

/** Returns the config of filters on a route, by filter. Each is disabled in the listener and runs where it has config. */
export function securityFilters({
  csrf,
  keys,
  users,
  oidc,
  authorization,
}: SecurityIR): (readonly [string, Any])[] {
  return [
    ...(csrf === undefined ? [] : [['envoy.filters.http.csrf', csrfConfig(csrf)] as const]),
    ...(keys === undefined ? [] : [clientKeysOnRoute(keys)]),
    ...(users === undefined ? [] : [usersOnRoute(users)]),
    ...(oidc === undefined ? [] : [oidcOnRoute(oidc)]),
    ...(authorization === undefined ? [] : authorizationOnRoute(authorization)),
  ];
}

function authorizationOnRoute(ir: AuthorizationIR): (readonly [string, Any])[] {
  const filters = [...expressionFilters(ir)];
  return [
    ...(filters.length === 0
      ? []
      : [
          [
            'envoy.filters.http.rbac/cel',
            any(FilterChainConfigPerRoute, { filterChain: { filters } }),
          ] as const,
        ]),
    ['envoy.filters.http.rbac', authorizationConfig(ir)],
  ];
}
