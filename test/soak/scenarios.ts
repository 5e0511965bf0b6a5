import type { Scenario } from '../rig/load/scenario.ts';
import { badRoute } from './xds/bad-route.ts';
import { fleetScale } from './xds/fleet.ts';
import { hostile } from './xds/hostile.ts';
import { restarts } from './xds/restarts.ts';
import { routeMoves } from './xds/route-moves.ts';
import { warming } from './xds/warming.ts';

export const scenarios: readonly Scenario[] = [
  {
    name: 'route-moves',
    title: '2,000 moves of a route to a fresh Service, 500 other routes, 500 requests/s',
    run: (ports) => routeMoves(ports, { moves: 2000, others: 500 }),
  },
  {
    name: 'warming',
    title:
      '2,000 cluster and listener updates without an endpoint or Secret that changes, 500 HTTPS requests/s',
    run: (ports) => warming(ports, { updates: 2000, perSecond: 500 }),
  },
  {
    name: 'restarts',
    title: '50 restarts of Sluice by kill -9 between and in the middle of moves, 500 requests/s',
    run: (ports) => restarts(ports, { times: 50, others: 500, perSecond: 500 }),
  },
  {
    name: 'bad-route',
    title: '50 virtual hosts in one response, one of them bad, 100 times, 500 requests/s',
    run: (ports) => badRoute(ports, { rounds: 100, perSecond: 500 }),
  },
  {
    name: 'fleet',
    title: '1,000 delta clients with 1,000 clusters each, one endpoint change after another',
    run: (ports) => fleetScale(ports, { clients: 1000, clusters: 1000, changes: 200, tls: false }),
  },
  {
    name: 'fleet-tls',
    title: 'the same over mutual TLS',
    run: (ports) => fleetScale(ports, { clients: 1000, clusters: 1000, changes: 40, tls: true }),
  },
  {
    name: 'hostile',
    title: 'a proxy of one Gateway against those of another: silent streams, streams with unknown names',
    run: (ports) => hostile(ports, { silent: [160, 1000], streams: 6, names: [400_000, 49_000], proxies: 5 }),
  },
];
