import { estimate } from '../bench/fleet/measure/statistics.ts';
import { valuesOf } from '../bench/fleet/report/blocks.ts';
import type { Run } from '../bench/fleet/report/results.ts';
import { figure } from '../test/rig/load/table.ts';

interface Headline {
  readonly scenario: string;
  readonly title: string;
  readonly figures: readonly string[];
}

const rows: readonly Headline[] = [
  { scenario: 'endpoint', title: 'endpoint change: p50 ms; CPU ms', figures: ['p50', 'cpu'] },
  { scenario: 'endpoint-10', title: '10 endpoint changes a second: p99 ms', figures: ['p99'] },
  { scenario: 'endpoint-500', title: '500 a second: p99 ms', figures: ['p99'] },
  {
    scenario: 'route',
    title: 'route change: p50 ms; CPU ms; kB to each proxy',
    figures: ['p50', 'cpu', 'bytes'],
  },
  { scenario: 'probe', title: 'new route to the first 200: mean ms', figures: ['mean'] },
  { scenario: 'flips', title: 'route flips under load: bad answers', figures: ['bad'] },
  { scenario: 'load', title: 'load through the API: CPU s', figures: ['cpu'] },
  { scenario: 'memory', title: 'resident memory, MiB', figures: ['resident'] },
  {
    scenario: 'attached',
    title: 'attached routes: s after the last create; writes',
    figures: ['setup', 'writes'],
  },
];

const names: Readonly<Record<string, string>> = {
  sluice: 'Sluice',
  'envoy-gateway': 'Envoy Gateway',
  contour: 'Contour',
  istio: 'Istio',
  'istio-eds-debounce-off': 'Istio, EDS debounce off',
};

/** Table of README: one size for each scenario, the largest that most control planes were measured at. */
export function headlines(runs: readonly Run[]): string {
  const columns = Object.keys(names).filter((name) => runs.some(({ controlPlane }) => controlPlane === name));
  const lines = rows.flatMap(({ scenario, title, figures }) => {
    const of = runs.filter((run) => run.scenario === scenario);
    if (of.length === 0) return [];
    const routes = sizeOf(of);
    const shown = columns.map((name) => shownAs(of, name, routes, figures));
    return [`| ${title} | ${routes.toLocaleString('en')} | ${shown.join(' | ')} | \`${scenario}\` |`];
  });
  const peers = columns.filter((name) => name !== 'sluice');
  const option = peers.length === 0 ? '' : ` --peer ${peers.join(',')}`;
  return [
    `| | routes | ${columns.map((name) => names[name]).join(' | ')} | scenario |`,
    `|---|---|${columns.map(() => '---|').join('')}---|`,
    ...lines,
    '',
    `\`npm run bench:fleet -- --scenario SCENARIO --routes ROUTES${option}\` measures a row again.`,
  ].join('\n');
}

function sizeOf(runs: readonly Run[]): number {
  const count = (routes: number): number =>
    new Set(runs.filter((run) => run.routes === routes).map(({ controlPlane }) => controlPlane)).size;
  const sizes = [...new Set(runs.map(({ routes }) => routes))];
  return sizes.sort((a, b) => count(b) - count(a) || b - a)[0] ?? 0;
}

function shownAs(runs: readonly Run[], name: string, routes: number, keys: readonly string[]): string {
  const values = keys.map((key) => valuesOf(runs, name, routes, key));
  if (values.every((of) => of.length === 0)) return '–';
  return values.map((of) => figure(estimate(of).median)).join('; ');
}
