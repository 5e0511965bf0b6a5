import type { RedirectIR, RouteIR, RouteMatchIR } from '../../ir.ts';
import type { RedirectFilter } from './filter.ts';
import type { ListenerPlace } from '../../attach/ownership.ts';

/**
 * The routes of a redirect, of which the first that matches answers.
 *
 * Envoy builds a Location without hostname and port from the Host header, and keeps the port that may stand there, which is
 * not the one meant. So the hostname is said, where it is known; where not, a client that gave a port is told one.
 */
export function redirectRoutes(
  filter: RedirectFilter,
  match: RouteMatchIR,
  owner: ListenerPlace,
  domain: string,
): Pick<RouteIR, 'match' | 'action'>[] {
  const scheme = filter.scheme ?? (owner.protocol === 'HTTPS' ? 'https' : 'http');
  const port = redirectPort(filter, scheme, owner);
  const action: RedirectIR = { kind: 'redirect', ...filter, port };
  if (filter.hostname !== undefined || port !== undefined) return [{ match, action }];
  if (!domain.startsWith('*')) return [{ match, action: { ...action, hostname: domain } }];
  const withPort = { ...match, headers: [...match.headers, hostWithPort] };
  return [
    { match: withPort, action: { ...action, port: schemePort[scheme] } },
    { match, action },
  ];
}

const hostWithPort = { kind: 'RegularExpression', name: ':authority', value: '.*:[0-9]+' } as const;

const schemePort = { http: 80, https: 443 } as const;

/**
 * Without a port of its own, a redirect goes to the port of its scheme, and without either to the listener's port; a
 * scheme's own port is left out. https://gateway-api.sigs.k8s.io/reference/spec/#httprequestredirectfilter
 */
function redirectPort(
  filter: RedirectFilter,
  scheme: 'http' | 'https',
  { listener }: ListenerPlace,
): number | undefined {
  const port = filter.port ?? (filter.scheme === undefined ? listener.port : schemePort[scheme]);
  return port === schemePort[scheme] ? undefined : port;
}
