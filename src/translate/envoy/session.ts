import { StatefulSessionPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session.ts';
import { CookieBasedSessionState } from '../../../proto/gen/envoy/extensions/http/stateful_session/cookie/v3/cookie.ts';
import { HeaderBasedSessionState } from '../../../proto/gen/envoy/extensions/http/stateful_session/header/v3/header.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { SessionIR } from '../ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';

/**
 * Returns the config by which a route keeps a client with its endpoint. Not strict: a request for an endpoint that the
 * chosen cluster does not have goes to another one, and gets a new session.
 */
export function sessionOnRoute(session: SessionIR): readonly [string, Any] {
  const sessionState = {
    name: `envoy.http.stateful_session.${session.kind}`,
    typedConfig: stateConfig(session),
  };
  return [
    'envoy.filters.http.stateful_session',
    any(StatefulSessionPerRoute, { override: { $case: 'statefulSession', value: { sessionState } } }),
  ];
}

function stateConfig(session: SessionIR): Any {
  if (session.kind === 'header') return any(HeaderBasedSessionState, { name: session.name });
  const { name, path, lifetimeMs, isSecure } = session;
  // Envoy adds HttpOnly itself.
  const attributes = [
    { name: 'SameSite', value: 'Strict' },
    ...(isSecure ? [{ name: 'Secure', value: '' }] : []),
  ];
  const ttl = lifetimeMs === undefined ? {} : { ttl: duration(Math.floor(lifetimeMs / 1000) * 1000) };
  return any(CookieBasedSessionState, { cookie: { name, path, attributes, ...ttl } });
}
