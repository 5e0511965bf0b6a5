import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { SecurityIR } from '../security-ir.ts';
import { authorizationConfig } from './authorization.ts';
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
    ...(authorization === undefined
      ? []
      : [['envoy.filters.http.rbac', authorizationConfig(authorization)] as const]),
  ];
}
