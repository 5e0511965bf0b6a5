import type { Scenario } from './scenario.ts';
import { attached } from './scenarios/attached.ts';
import { cold } from './scenarios/cold.ts';
import { endpoint } from './scenarios/endpoint.ts';
import { endpointRates } from './scenarios/endpoint-rate.ts';
import { flips } from './scenarios/flips.ts';
import { load } from './scenarios/load.ts';
import { memory } from './scenarios/memory.ts';
import { noop } from './scenarios/noop.ts';
import { probe } from './scenarios/probe.ts';
import { restart } from './scenarios/restart.ts';
import { route, routeOneHost } from './scenarios/route.ts';

/** In the order in which they run on one start of a control plane. */
export const scenarios: readonly Scenario[] = [
  memory,
  endpoint,
  ...endpointRates,
  route,
  routeOneHost,
  probe,
  flips,
  noop,
  load,
  cold,
  restart,
  attached,
];
