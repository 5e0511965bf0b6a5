import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.ts';

/** Size of a run; each scenario reads what concerns it. */
export interface Options {
  readonly scenarios: readonly string[];
  readonly routes: readonly number[];
  readonly peers: readonly string[];
  readonly blocks: number;
  readonly events: number;
  readonly seconds: number;
  readonly endpoints: number;
  readonly proxies: number;
  readonly gateways: number;
  readonly policies: number;
  readonly probes: number;
  readonly results: string;
  /** `all`: the plan of steps.ts; `smoke`: every scenario, tiny. */
  readonly plan: 'given' | 'all' | 'smoke';
}

type Name = keyof typeof table;

/** Options of the command line: a value's word, its default, and its meaning. */
const table = {
  scenario: ['NAME,...', 'endpoint,route', 'scenarios, in the order of the table below; all: every one'],
  routes: ['N,...', '1000', 'sizes of the route table, each measured by itself'],
  peer: [
    'NAME,...',
    '',
    'control planes beside Sluice: envoy-gateway, contour, istio, istio-eds-debounce-off',
  ],
  blocks: ['N', '3', 'rounds; their order of control planes alternates, and intervals are drawn from them'],
  events: ['N', '100', 'changes that a scenario makes one after another in a block'],
  seconds: ['N', '10', 'length of a scenario that lasts for a time'],
  endpoints: ['N', '10', 'endpoints of each Service; each route has a Service'],
  proxies: ['N', '1000', 'connections of the scenario proxies'],
  gateways: ['N', '1000', 'Gateways of the scenario gateways'],
  policies: ['N', '1000', 'policies of the scenario policies'],
  probes: ['N', '100', 'new routes that the scenario probe asks for, one after another'],
  results: ['FOLDER', 'bench/results/fleet', 'place of the figures (JSON lines) and plots (SVG)'],
} as const;

/** Returns the options, or a line about the wrong one. */
export function parseOptions(args: readonly string[], peers: readonly string[]): Options | string {
  const known: Record<string, { readonly type: 'string' | 'boolean' }> = {
    all: { type: 'boolean' },
    smoke: { type: 'boolean' },
  };
  for (const name of Object.keys(table)) known[name] = { type: 'string' };
  let values: Partial<Record<string, string | boolean>>;
  try {
    ({ values } = parseArgs({ args: [...args], options: known }));
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
  }
  const text = (name: Name): string => String(values[name] ?? table[name][1]);
  const list = (name: Name): string[] =>
    text(name)
      .split(',')
      .filter((item) => item !== '');
  const wanted =
    text('scenario') === 'all' || values['smoke'] === true
      ? scenarios.map(({ name }) => name)
      : list('scenario');
  const unknown = wanted.find((name) => scenarios.every((scenario) => scenario.name !== name));
  if (unknown !== undefined) return `--scenario: there is no scenario ${unknown}; --help names them all`;
  const stranger = list('peer').find((name) => !peers.includes(name));
  if (stranger !== undefined) return `--peer: ${stranger} is none of ${peers.join(', ')}`;
  for (const name of numbers)
    if (list(name).length === 0 || !list(name).every((item) => /^[1-9]\d*$/.test(item)))
      return `--${name}: must be ${table[name][0] === 'N' ? 'a whole number' : 'whole numbers'} above 0 (got "${text(name)}")`;
  return {
    scenarios: wanted,
    routes: list('routes').map(Number),
    peers: list('peer'),
    blocks: Number(text('blocks')),
    events: Number(text('events')),
    seconds: Number(text('seconds')),
    endpoints: Number(text('endpoints')),
    proxies: Number(text('proxies')),
    gateways: Number(text('gateways')),
    policies: Number(text('policies')),
    probes: Number(text('probes')),
    results: text('results'),
    plan: values['smoke'] === true ? 'smoke' : values['all'] === true ? 'all' : 'given',
  };
}

const numbers = [
  'routes',
  'blocks',
  'events',
  'seconds',
  'endpoints',
  'proxies',
  'gateways',
  'policies',
  'probes',
] as const satisfies readonly Name[];

export function help(): string {
  const options = Object.entries(table).map(([name, [value, standard, meaning]]) => {
    const chosen = standard === '' ? '' : ` (${standard})`;
    return `  ${`--${name} ${value}`.padEnd(22)} ${meaning}${chosen}`;
  });
  const names = scenarios.map(({ name, question }) => `  ${name.padEnd(15)} ${question}`);
  return [
    'Usage: npm run bench:fleet -- [OPTION VALUE]...',
    '',
    'Measures Sluice, and peers beside it, on a real API server. Needs Linux, root and Go.',
    '',
    ...options,
    '  --all                  the plan that docs/performance.md is of: under an hour on two quiet cores',
    '  --smoke                every scenario with tiny numbers: that it runs, and nothing of its figures',
    '',
    'Scenarios:',
    ...names,
    '',
  ].join('\n');
}
