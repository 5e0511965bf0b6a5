import type { EventName } from './events.ts';
import type { Axis } from '../rig/objects/sized-objects.ts';
import type { Measure } from './scale-fixture.ts';

/** Which counts of an event may grow, in proportion, with how much there is of a thing. What is not here is constant. */
export type Grid = Readonly<Record<EventName, Partial<Record<Axis, readonly Measure[]>>>>;

const sent = ['messages', 'wireBytes', 'steps'] as const;
const translated = ['units', 'rows', 'workerBytes', 'steps'] as const;
/** RDS has no smaller resource than all routes of a port, so a message about one of them brings all. */
const table = {
  routes: ['wireBytes'],
  routesOfHost: ['wireBytes'],
  policies: ['wireBytes'],
  listeners: ['wireBytes'],
} as const;
/** A Gateway's status is one object, with an entry for each of its listeners. */
const status = { listeners: ['wireBytes', 'steps'], tlsListeners: ['steps'] } as const;
const routeOfAll = { ...table, proxies: sent } as const;

/** The counts of one event, for each thing that there may be more of. A start is all of it, so it may grow with all. */
export const mayGrow: Grid = {
  'endpoint change': { proxies: sent },
  'route edit': routeOfAll,
  'route comes': { ...routeOfAll, ...status },
  'route goes': { ...routeOfAll, ...status },
  'edit of a route with a policy': routeOfAll,
  // Chains of plugins of one filter slot come together.
  'policy edit': { proxies: sent, policies: ['wireBytes'] },
  'policy comes': routeOfAll,
  'policy goes': routeOfAll,
  'grant edit': {},
  // Its own object, with all of its listeners.
  'Gateway edit': { listeners: ['workerBytes', 'steps'], tlsListeners: ['workerBytes', 'steps'] },
  'listener edit': {
    listeners: ['workerBytes', 'steps'],
    tlsListeners: ['workerBytes', 'wireBytes', 'steps'],
    // Envoy asks anew for the filter slots of a Listener that has changed, and all chains of plugins are in them.
    policies: ['wireBytes'],
    proxies: sent,
  },
  // All that it asks for.
  'proxy connects': {
    routes: ['wireBytes', 'steps'],
    routesOfHost: ['wireBytes', 'steps'],
    policies: ['wireBytes', 'steps'],
    listeners: ['wireBytes', 'steps'],
    tlsListeners: ['wireBytes', 'steps'],
  },
  'proxy ACKs listeners': {},
  'all proxies ACK listeners': { listeners: ['steps'], tlsListeners: ['steps'], proxies: ['steps'] },
  start: {
    gateways: [...translated, 'messages', 'wireBytes', 'views'],
    routes: [...translated, 'wireBytes'],
    routesOfHost: [...translated, 'wireBytes'],
    policies: [...translated, 'wireBytes'],
    selectors: [...translated],
    grants: [...translated],
    listeners: [...translated, 'wireBytes'],
    tlsListeners: [...translated, 'wireBytes'],
    proxies: sent,
  },
};
