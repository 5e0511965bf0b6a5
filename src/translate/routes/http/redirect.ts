import type { RedirectIR, RouteIR, RouteMatchIR } from '../../ir.ts';
import type { RedirectFilter } from './filter.ts';
import type { ListenerPlace } from '../../attach/ownership.ts';

/**
 * Envoy builds a Location without hostname and port from the Host header, and keeps a port that stands there, which is the
 * wrong one. So the Location has the hostname where it is known; else a port for a client that gave one.
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

/** Leaves out a scheme's own port: https://gateway-api.sigs.k8s.io/reference/spec/#httprequestredirectfilter */
function redirectPort(
  filter: RedirectFilter,
  scheme: 'http' | 'https',
  { listener }: ListenerPlace,
): number | undefined {
  const port = filter.port ?? (filter.scheme === undefined ? listener.port : schemePort[scheme]);
  return port === schemePort[scheme] ? undefined : port;
}
