import type { Scenario } from './scenario.ts';
import { fleetScale } from './xds/fleet.ts';
import { routeMoves } from './xds/route-moves.ts';

/** Everything that `npm run soak:xds` runs, in this order. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'route-moves',
    title: '2,000 moves of a route to a fresh Service, 500 other routes, 500 requests/s',
    run: (ports) => routeMoves(ports, { moves: 2000, others: 500 }),
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
];
