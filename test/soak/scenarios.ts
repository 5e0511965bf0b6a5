import type { Scenario } from './scenario.ts';
import { routeMoves } from './xds/route-moves.ts';

/** Everything that `npm run soak:xds` runs, in this order. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'route-moves',
    title: '2,000 moves of a route to a fresh Service, 500 other routes, 500 requests/s',
    run: (ports) => routeMoves(ports, { moves: 2000, others: 500 }),
  },
];
