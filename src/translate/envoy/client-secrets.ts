import { ApiKeyAuth } from '../../../proto/gen/envoy/extensions/filters/http/api_key_auth/v3/api_key_auth.ts';
import { BasicAuth } from '../../../proto/gen/envoy/extensions/filters/http/basic_auth/v3/basic_auth.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { ClientKeysIR, UsersIR } from '../security-ir.ts';
import { any } from './any.ts';
import { inPlace } from './in-place.ts';

/**
 * Passwords and keys of clients stand in the route, at the places of their filters: a new password is a change of routes.
 * Outputs for people replace them (`run/resource-json.ts`).
 */

export function usersOnRoute({ lines, header }: UsersIR): readonly [string, Any] {
  const typedConfig = any(BasicAuth, {
    users: { specifier: { $case: 'inlineString', value: lines } },
    ...(header === undefined ? {} : { forwardUsernameHeader: header }),
  });
  return inPlace('envoy.filters.http.basic_auth', typedConfig);
}

export function clientKeysOnRoute({
  clients,
  sources,
  header,
  isHidden,
}: ClientKeysIR): readonly [string, Any] {
  const forwarding = {
    ...(header === undefined ? {} : { header }),
    ...(isHidden ? { hideCredentials: true } : {}),
  };
  const typedConfig = any(ApiKeyAuth, {
    credentials: [...clients],
    keySources: sources.map(({ kind, name }) => ({ [kind]: name })),
    ...(Object.keys(forwarding).length === 0 ? {} : { forwarding }),
  });
  return inPlace('envoy.filters.http.api_key_auth', typedConfig);
}
