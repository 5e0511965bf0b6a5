import type { Scenario } from './scenario.ts';
import { attached } from './scenarios/attached.ts';
import { cold } from './scenarios/cold.ts';
import { endpoint } from './scenarios/endpoint.ts';
import { endpointRates } from './scenarios/endpoint-rate.ts';
import { everything } from './scenarios/everything.ts';
import { flips } from './scenarios/flips.ts';
import { gateways } from './scenarios/gateways.ts';
import { load } from './scenarios/load.ts';
import { memory } from './scenarios/memory.ts';
import { noop } from './scenarios/noop.ts';
import { policies } from './scenarios/policies.ts';
import { probe, probeShards } from './scenarios/probe.ts';
import { proxies } from './scenarios/proxies.ts';
import { restart } from './scenarios/restart.ts';
import { rollout, rolloutHung } from './scenarios/rollout.ts';
import { route, routeOneHost, routeShards } from './scenarios/route.ts';
import { tuning } from './scenarios/tuning.ts';

/** In the order in which they run on one start of a control plane. */
export const scenarios: readonly Scenario[] = [
  memory,
  endpoint,
  ...endpointRates,
  route,
  routeShards,
  routeOneHost,
  probe,
  probeShards,
  flips,
  noop,
  everything,
  load,
  cold,
  restart,
  attached,
  proxies,
  gateways,
  policies,
  rollout,
  rolloutHung,
  tuning,
];
