import { axes, type Sizes } from '../test/rig/objects/sized-objects.ts';
import { atMost, type Goal } from './goals.ts';

/** `start` happens once: the first translation. */
export type ScaleEvent =
  | 'start'
  | 'endpoint'
  | 'route'
  | 'guarded route'
  | 'treated route'
  | 'traffic policy'
  | 'ListenerSet';

export interface ScaleFigures {
  readonly cpuMs: number;
  readonly units: number;
}

export interface ScaleCase {
  readonly name: string;
  readonly event: ScaleEvent;
  readonly small: Partial<Sizes>;
  readonly large: Partial<Sizes>;
  readonly goal: (small: ScaleFigures, large: ScaleFigures) => Goal;
}

export const scaleCases: readonly ScaleCase[] = [
  {
    name: 'endpoint event, Gateways 1 → 3,000',
    event: 'endpoint',
    small: {},
    large: { gateways: 2999 },
    goal: ratioAtMost('CPU per endpoint event, 3,000 Gateways to 1', 1.1),
  },
  {
    name: 'route edit, Gateways 1 → 3,000',
    event: 'route',
    small: {},
    large: { gateways: 2999 },
    goal: ratioAtMost('CPU per route edit, 3,000 Gateways to 1', 1.1),
  },
  {
    name: 'route edit, grants of others 0 → 1,000',
    event: 'route',
    small: {},
    large: { grants: 1000 },
    goal: ratioAtMost('CPU per route edit, 1,000 grants to none', 1.1),
  },
  {
    name: 'route edit, listeners of its Gateway 2 → 62',
    event: 'route',
    small: {},
    large: { listeners: 60 },
    goal: ratioAtMost('CPU per route edit, 62 listeners to 2', 1.1),
  },
  {
    name: 'route edit, TLS listeners of its Gateway 1 → 61',
    event: 'route',
    small: {},
    large: { tlsListeners: 60 },
    goal: ratioAtMost('CPU per route edit, 61 TLS listeners to 1', 1.1),
  },
  {
    name: 'route edit, ListenerSets of its Gateway 1 → 2,500',
    event: 'route',
    small: {},
    large: { listenerSets: 2499 },
    goal: ratioAtMost('CPU per route edit, 2,500 ListenerSets to 1', 1.1),
  },
  {
    name: 'ListenerSet edit, ListenerSets of its Gateway 1 → 2,500',
    event: 'ListenerSet',
    small: {},
    large: { listenerSets: 2499 },
    goal: (_, { cpuMs }) => atMost('CPU ms per edit of one of 2,500 ListenerSets', cpuMs, 250),
  },
  {
    name: 'first translation of 1,600 routes, policy selecting nothing 0 → 1',
    event: 'start',
    small: { routes: 1600 },
    large: { routes: 1600, selectors: 1 },
    goal: ratioAtMost('CPU of the first translation, a policy that selects nothing to none', 1.1),
  },
  {
    name: 'route edit, routes of its host 1 → 3,000',
    event: 'route',
    small: {},
    large: { routesOfHost: 2999 },
    goal: (_, { cpuMs }) => atMost('CPU ms per edit of one of 3,000 routes of a host', cpuMs, 5),
  },
  {
    name: 'edit of a route with a policy, Gateways 1 → 200',
    event: 'guarded route',
    small: {},
    large: { gateways: 199 },
    goal: (_, { units }) => atMost('units per edit of a route with a policy, 200 Gateways', units, 4),
  },
  {
    name: 'endpoint event, BackendTrafficPolicies of the Service 1 → 1,000 on 10,000 routes',
    event: 'endpoint',
    small: { routes: 10_000 },
    large: { routes: 9001, trafficPolicies: 999 },
    goal: ratioAtMost('CPU per endpoint event, 1,000 traffic policies to 1', 1.05),
  },
  {
    name: 'edit of a route with a BackendTrafficPolicy, policies 1 → 1,000 on 10,000 routes',
    event: 'treated route',
    small: {},
    large: { routes: 9001, trafficPolicies: 999 },
    goal: ratioAtMost('CPU per edit of a route with a traffic policy, 1,000 policies to 1', 1.1),
  },
  {
    name: 'BackendTrafficPolicy edit, policies 1 → 1,000 on 10,000 routes',
    event: 'traffic policy',
    small: {},
    large: { routes: 9001, trafficPolicies: 999 },
    goal: ratioAtMost('CPU per traffic policy edit, 1,000 policies to 1', 1.1),
  },
];

export const nothing = Object.fromEntries(axes.map((axis) => [axis, 0])) as Sizes;

function ratioAtMost(name: string, limit: number): ScaleCase['goal'] {
  return (small, large) => atMost(name, large.cpuMs / small.cpuMs, limit);
}
