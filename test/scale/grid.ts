import type { EventName } from './events.ts';
import type { Axis } from '../rig/objects/sized-objects.ts';
import type { Measure } from './scale-fixture.ts';

/** Counts of an event that may grow in proportion with an axis. All others are constant. */
export type Grid = Readonly<Record<EventName, Partial<Record<Axis, readonly Measure[]>>>>;

const sent = ['messages', 'wireBytes', 'steps'] as const;
const translated = ['units', 'rows', 'workerBytes', 'steps'] as const;
/** Rows of all ListenerSets of a Gateway, of which one unit makes the listeners. */
const merged = ['rows', 'workerBytes', 'steps'] as const;
/** A Gateway's status has an entry for each listener. */
const status = { listeners: ['steps'], tlsListeners: ['steps'] } as const;
/** The smallest resource of routes is all of a host, which is sent by entries up to a page, and then by pages. */
const routeOfHost = { routesOfHost: ['wireBytes', 'steps'], proxies: sent } as const;
const routeOfOwnHost = { proxies: sent } as const;

/** Growth by event and axis. A start may grow with everything. */
export const mayGrow: Grid = {
  'endpoint change': { proxies: sent },
  'edit of an endpoint of a Backend': { proxies: sent },
  'route edit': routeOfHost,
  'route comes': { ...routeOfOwnHost, ...status },
  'route goes': { ...routeOfOwnHost, ...status },
  'edit of a route with a policy': routeOfOwnHost,
  // Chains of plugins of one filter slot come together.
  'policy edit': { proxies: sent, policies: ['wireBytes'] },
  'policy comes': { ...routeOfHost, policies: ['wireBytes'] },
  'policy goes': { ...routeOfHost, policies: ['wireBytes'] },
  'edit of a route with a traffic policy': routeOfOwnHost,
  'traffic policy edit': { proxies: sent },
  'traffic policy comes': routeOfHost,
  'traffic policy goes': routeOfHost,
  'edit of a route with a filter': routeOfOwnHost,
  'filter edit': routeOfOwnHost,
  'edit of a policy of a ListenerSet': { proxies: sent, policies: ['wireBytes', 'steps'] },
  'TLSRoute edit': { proxies: sent },
  // The Listener has a filter chain for each server name of the port, and Envoy asks again for the config of each.
  'server name edit': {
    ...status,
    listenerSets: ['steps'],
    serverNames: [...translated, 'messages', 'wireBytes'],
    proxies: sent,
  },
  // The oldest route is found among all of the port.
  'TCPRoute edit': { routesOfPort: ['rows', 'workerBytes', 'steps'], proxies: sent },
  'grant edit': {},
  // Its own object, with all of its listeners, and those of its ListenerSets.
  'Gateway edit': {
    listenerSets: merged,
    listeners: ['workerBytes', 'steps'],
    tlsListeners: ['workerBytes', 'steps'],
  },
  // All listeners of the Gateway are told apart together.
  'ListenerSet edit': {
    listenerSets: merged,
    listeners: ['workerBytes', 'steps'],
    tlsListeners: ['workerBytes', 'steps'],
    proxies: sent,
  },
  'edit of a route of a ListenerSet': routeOfOwnHost,
  'listener edit': {
    listenerSets: merged,
    listeners: ['workerBytes', 'steps'],
    tlsListeners: ['workerBytes', 'wireBytes', 'steps'],
    // Envoy asks again for the filter slots of a changed Listener, and they have all chains of plugins.
    policies: ['wireBytes'],
    proxies: sent,
  },
  // All that it asks for.
  'proxy connects': {
    routes: ['wireBytes', 'steps'],
    routesOfHost: ['wireBytes', 'steps'],
    policies: ['wireBytes', 'steps'],
    trafficPolicies: ['wireBytes', 'steps'],
    routeFilters: ['wireBytes', 'steps'],
    routesOfBackend: ['wireBytes', 'steps'],
    listenerSets: ['wireBytes', 'steps'],
    listeners: ['wireBytes', 'steps'],
    tlsListeners: ['wireBytes', 'steps'],
    serverNames: ['wireBytes', 'messages', 'steps'],
  },
  'proxy ACKs listeners': {},
  'all proxies ACK listeners': {
    listenerSets: ['steps'],
    listeners: ['steps'],
    tlsListeners: ['steps'],
    proxies: ['steps'],
  },
  start: {
    gateways: [...translated, 'messages', 'wireBytes', 'views'],
    routes: [...translated, 'wireBytes'],
    routesOfHost: [...translated, 'wireBytes'],
    policies: [...translated, 'wireBytes'],
    trafficPolicies: [...translated, 'wireBytes'],
    selectors: [...translated],
    routeFilters: [...translated, 'wireBytes'],
    grants: [...translated],
    listenerSets: [...translated, 'wireBytes'],
    listeners: [...translated, 'wireBytes'],
    tlsListeners: [...translated, 'wireBytes'],
    serverNames: [...translated, 'messages', 'wireBytes'],
    routesOfPort: [...translated],
    routesOfBackend: [...translated, 'wireBytes'],
    proxies: sent,
  },
};
