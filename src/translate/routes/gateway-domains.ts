import {
  unchanged,
  type RouteEntryIR,
  type RouteFragmentIR,
  type RouteIR,
  type RouteTableIR,
} from '../ir.ts';
import type { ListenerState } from '../../kinds/derived/effective-listeners.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { isServed } from '../listeners/listener.ts';
import { carriesHttp } from '../listeners/protocol.ts';
import { routeConfigurationName, type WholeGateway } from '../attach/ownership.ts';

/**
 * Makes domains that exist without any route. A listener's own one: a wildcard of another listener would take its
 * requests. Those that another listener serves answer with 421, which tells an HTTP/2 client to open another connection:
 * https://gateway-api.sigs.k8s.io/geps/gep-3567/
 */
export function gatewayDomains(
  gateway: WholeGateway,
  tables: readonly Pick<RouteTableIR, 'name' | 'elsewhere'>[],
): RouteFragmentIR[] {
  return [
    ...ownDomains(gateway, gateway.listeners),
    ...tables.flatMap(({ name, elsewhere }) =>
      elsewhere.map((domain) => ({ routeConfiguration: name, domain, entries: misdirected })),
    ),
  ];
}

/** Makes the domains of an object's own listeners: of a Gateway, or of a ListenerSet. */
export function ownDomains(gateway: ObjectName, listeners: readonly ListenerState[]): RouteFragmentIR[] {
  return listeners
    .filter(isServed)
    .filter(carriesHttp)
    .map((state) => ({
      routeConfiguration: routeConfigurationName(gateway, state),
      domain: state.hostname,
      entries: [],
    }));
}

const everything: RouteIR = {
  name: 'misdirected',
  match: { path: { kind: 'PathPrefix', value: '/' }, method: undefined, headers: [], queryParams: [] },
  ...unchanged,
  action: { kind: 'respond', status: 421 },
};

/** Stands behind every entry of a route, whose order begins with a digit. */
const misdirected: readonly RouteEntryIR[] = [{ order: '~ ~ misdirected', rule: '', routes: [everything] }];
