import type { Options } from './options.ts';

type Step = Pick<Options, 'scenarios' | 'routes' | 'peers' | 'blocks'> & Partial<Options>;

const peers = ['envoy-gateway', 'contour', 'istio-eds-debounce-off'];
const rates = ['endpoint-10', 'endpoint-100', 'endpoint-500'];

/** Plan of `--all`: less than an hour on two quiet cores. No scenario comes twice at one size. */
const whole: readonly Step[] = [
  { scenarios: ['memory', 'endpoint', 'route', 'load'], routes: [1000, 3000], peers, blocks: 2, events: 40 },
  {
    scenarios: [...rates, 'probe', 'flips', 'noop', 'attached'],
    routes: [1000],
    peers,
    blocks: 1,
    probes: 50,
  },
  { scenarios: [...rates, 'route-shards', 'probe', 'probe-shards'], routes: [3000], peers: [], blocks: 2 },
  {
    scenarios: [
      'everything',
      'cold',
      'restart',
      'proxies',
      'gateways',
      'policies',
      'rollout',
      'rollout-hung',
    ],
    routes: [1000],
    peers: [],
    blocks: 1,
  },
  { scenarios: ['route-one-host'], routes: [1000], peers: [], blocks: 2 },
  { scenarios: ['tuning'], routes: [1000], peers: [], blocks: 1, seconds: 3 },
  {
    scenarios: [
      'memory',
      'endpoint',
      ...rates,
      'route',
      'route-shards',
      'probe',
      'probe-shards',
      'noop',
      'load',
      'cold',
      'restart',
    ],
    routes: [10_000],
    peers: [],
    blocks: 1,
  },
];

/** Numbers of `--smoke`: every scenario, without a figure that means anything. */
const tiny = {
  routes: [20],
  blocks: 1,
  events: 2,
  seconds: 1,
  proxies: 4,
  gateways: 3,
  policies: 3,
  probes: 2,
} as const;

/** Returns the runs that the options stand for, one after another on one API server. */
export function stepsOf(options: Options): readonly Options[] {
  if (options.plan === 'given') return [options];
  if (options.plan === 'smoke') return [{ ...options, ...tiny }];
  return whole.map((step) => ({ ...options, ...step }));
}
