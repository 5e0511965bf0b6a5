import type { Run } from '../bench/fleet/report/results.ts';
import { sweepsOf, type SweptKnob } from '../bench/fleet/report/sweeps.ts';
import { figure } from '../test/rig/load/table.ts';
import { costsOf, fleetTable } from './fleet-model.ts';

/** Knobs that are swept: the effect of each, and when to turn it. */
const advice: Readonly<Record<string, string>> = {
  'endpoints.windowMs':
    'A single change never waits. In a burst, a longer window merges more changes into one message, which saves CPU here and in every proxy, and each change waits for it. Leave it at 1 unless proxies are short of CPU during rollouts. The sweep sets `maxWindowMs` to ten times as much.',
  'config.windowMs':
    'The same for routes, listeners and policies. A route change costs a proxy more than an endpoint change, so its default is longer.',
  'translate.nearbyEndpointBytes':
    'Endpoints up to this size are translated on the main thread, because a message to a worker costs more. 0 sends each to a worker.',
  'config.workers':
    'Threads that translate. More shorten a start, and the wait behind a large change, where cores are free; each has a heap of its own. Use one for each two cores of the pod, and not more than four.',
  'endpoints.workers':
    'The same for endpoints. One is enough unless many Services have thousands of endpoints.',
  'config.batchSize':
    'Units that go to a worker together. Smaller ones spread over several workers, larger ones need fewer messages.',
  'xds.maxResourcesPerResponse':
    'Resources in one response. More bring a new proxy up to date with fewer round trips; a proxy applies a response without a pause, so its main thread is busy for longer.',
};

/** Text of docs/tuning.md, from the results of the scenarios `tuning`, `memory`, `proxies` and `gateways`. */
export function tuningPage(runs: readonly Run[]): string {
  const swept = sweepsOf(runs.filter(({ scenario }) => scenario === 'tuning'));
  return [
    '# Tuning',
    '',
    'What the knobs of the [config file](config.md) do, and how many replicas a fleet needs. The tables are made by `node docs/performance.ts`',
    'from measurements: compare the rows of a table, rather than milliseconds with your own.',
    '',
    '## In short',
    '',
    '- **The defaults are for a fleet of any size.** Latency does not depend on the number of routes, so a larger table is no reason to',
    '  turn a knob.',
    '- **Proxies short of CPU during rollouts**: raise `endpoints.windowMs` first.',
    '- **Proxies short of CPU when routes change**, with thousands of hostnames: annotate the Gateway with `sluice.dev/route-shards: "true"`. A',
    '  changed route then costs Envoy a 64th, and each request 13 µs of CPU; connections drain once ([why](decisions/route-shards.md)).',
    '- **A start takes too long**: raise `config.workers`, when the pod has more than two cores.',
    '- **Memory**: it grows with routes and endpoints, and with the proxies that are connected. More replicas divide the second part.',
    '- **A slow API server**: `provider.kubernetes.status.writesPerSecond` bounds what statuses cost it; no proxy waits for a status.',
    '',
    '## Knobs',
    '',
    ...(swept.length === 0 ? [] : ['![What each knob does](../bench/results/fleet/tuning.svg)', '']),
    ...swept.flatMap(knobSection),
    '`npm run bench:fleet -- --scenario tuning` measures them again: endpoint changes at 200 a second, route changes at 50 a second, or a',
    'start with all objects there.',
    '',
    ...others,
    '## What a fleet needs',
    '',
    ...modelSection(runs),
  ].join('\n');
}

const others = [
  '### Knobs without a sweep',
  '',
  '| knob | changes | turn it when |',
  '|---|---|---|',
  '| `endpoints.maxWindowMs`, `config.maxWindowMs` | the longest wait of a change in a burst that does not end | a rollout of minutes costs too much CPU |',
  '| `xds.maxResponseBytes` | bytes of a response, as `maxResourcesPerResponse` does | proxies have slow links |',
  '| `xds.maxStartingStreams` | memory and CPU while a fleet connects at once, against the time until all are up to date | a replica reaches its memory limit when others end |',
  '| `xds.holdMs` | how long routes wait for a slow proxy to ACK clusters | `sluice_xds_holds_total{reason="deadline"}` rises |',
  '| `translate.workerHeapMiB` | the most memory that a worker can take | `sluice_worker_restarts_total{reason="memory"}` rises |',
  '| `provider.kubernetes.status.writesPerSecond`, `parallel` | time until statuses are written, against load of the API server | `sluice_status_backlog` stays high |',
  '| `provider.kubernetes.status.objectIntervalMs` | writes of one object in a burst | a Gateway is written too often while routes are created |',
  '',
];

function knobSection({ knob, values, figures }: SweptKnob): string[] {
  const names = [...figures.keys()];
  const rows = values.map((value, i) => {
    const columns = names.map((name) => figure(figures.get(name)?.[i]));
    return `| ${value} | ${columns.join(' | ')} |`;
  });
  return [
    `### \`${knob}\``,
    '',
    advice[knob] ?? '',
    '',
    `| \`${knob}\` | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---|').join('')}`,
    ...rows,
    '',
  ];
}

function modelSection(runs: readonly Run[]): string[] {
  const costs = costsOf(runs);
  return [
    'Measured costs of one replica. A replica reads every object of the cluster, whichever proxies it serves, so only the costs of proxies',
    'are divided among replicas.',
    '',
    '| one more | resident memory | CPU |',
    '|---|---|---|',
    `| route with its Service of 10 endpoints | ${figure(costs.routeKiB)} KiB | ${figure(costs.loadMs)} ms, once, to load it |`,
    `| Gateway | ${figure(costs.gatewayKiB)} KiB | none for events of other Gateways |`,
    `| proxy | ${figure(costs.proxyKiB)} KiB | ${figure(costs.pushMs)} ms for each change that it is sent |`,
    `| endpoint change | none | ${figure(costs.endpointMs)} ms, and the cost of each proxy |`,
    `| route change | none | ${figure(costs.routeMs)} ms, and the cost of each proxy |`,
    '',
    `Without routes and proxies a replica takes about ${figure(costs.baseMiB)} MiB.`,
    '',
    '**10,000 proxies of one Gateway, with 10,000 routes.** By these costs:',
    '',
    ...fleetTable(costs, { proxies: 10_000, routes: 10_000, replicas: [2, 4, 8, 16] }),
    '',
    'Take as many replicas as bring CPU for a change below the time in which it shall reach the last proxy, and one more, as the proxies of',
    'a replica that ends connect to the others. Set the memory limit of the pod to 1.5 times the figure: proxies that come at once take',
    'more for a while. `xds.maxStreamsPerGateway` follows from the limit, unless it is set.',
    '',
  ];
}
