import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawPlots } from '../bench/fleet/plot/draw-plots.ts';
import { estimate } from '../bench/fleet/measure/statistics.ts';
import { ratiosOf, valuesOf } from '../bench/fleet/report/blocks.ts';
import { verdicts, withInterval } from '../bench/fleet/report/goals.ts';
import { readResults, type Run } from '../bench/fleet/report/results.ts';
import { scenarios } from '../bench/fleet/scenarios.ts';
import type { Scenario } from '../bench/fleet/scenario.ts';
import { figure } from '../test/rig/load/table.ts';
import { headlines } from './performance-headlines.ts';
import { tuningPage } from './tuning.ts';

const folder = 'bench/results/fleet';
const root = join(import.meta.dirname, '..');
const textOf = (file: string): string =>
  existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';

/** Texts of the pages and of README, as they are and as the results give them. */
export function performancePages(): readonly {
  readonly file: string;
  readonly written: string;
  readonly wanted: string;
}[] {
  const runs = readResults(join(root, folder));
  const [page, tuning] = ['docs/performance.md', 'docs/tuning.md'];
  const readme = textOf('README.md');
  return [
    { file: page, written: textOf(page), wanted: pageOf(runs) },
    { file: tuning, written: textOf(tuning), wanted: tuningPage(runs) },
    { file: 'README.md', written: readme, wanted: readme.replace(section, () => block(runs)) },
  ];
}

const [begin, end] = ['<!-- performance: begin -->', '<!-- performance: end -->'];
const section = new RegExp(`${begin}[\\s\\S]*${end}`);

function block(runs: readonly Run[]): string {
  return `${begin}\n\n${headlines(runs)}\n\n${end}`;
}

function pageOf(runs: readonly Run[]): string {
  const measured = scenarios.filter(
    ({ name, isSweep }) => isSweep !== true && runs.some(({ scenario }) => scenario === name),
  );
  return [
    '# Performance',
    '',
    'What Sluice costs on a real API server, beside its peers in the same run. Made by `node docs/performance.ts` from the',
    `figures in [${folder}](../${folder}); measure again, rather than edit this page.`,
    '',
    ...placeOf(runs),
    '',
    'Each figure is the median over the blocks of a run, with its 95 % interval (bootstrap) where there are several blocks.',
    'Control planes take turns on the same objects ([settings of the peers](../bench/peers/README.md)). Compare ratios: milliseconds are',
    'those of the machine.',
    '',
    ...method,
    '## Goals',
    '',
    'A goal is met when the bad end of the interval is within it.',
    '',
    '| scenario | goal | wanted | measured | |',
    '|---|---|---|---|---|',
    ...measured
      .flatMap((scenario) => verdicts(scenario, runs))
      .map(
        ({ scenario, title, goal, measured: value, isMet }) =>
          `| [${scenario}](#${scenario}) | ${title} | ${goal} | ${value} | ${isMet ? 'met' : '**not met**'} |`,
      ),
    '',
    ...measured.flatMap((scenario) => scenarioSection(scenario, runs)),
  ].join('\n');
}

const method = [
  '## Method',
  '',
  '- **Objects**: a Service with one EndpointSlice of 10 endpoints for each HTTPRoute, one Gateway, a real API server with etcd. In each block a',
  '  control plane is started, gets the Gateway, comes to rest, and is measured; then the next one, on the same objects. The order is',
  '  there and back again from block to block.',
  '- **Time of a change**: from the API server’s answer to the message that carries the change, at a hand-written client that asks and ACKs as Envoy',
  '  does (delta ADS; state of the world for Contour). 0 where the watch was sooner than the answer. The first 20 changes are not counted.',
  '- **Envoy**: a real one, asked each millisecond until it answers by the change. CPU of its main thread alone, which takes updates.',
  '- **CPU and memory**: of all processes and threads of the control plane, from `/proc`: user and system time, resident memory.',
  '- **Attached routes, probe and flips** follow the published methods of [gateway-api-bench](https://github.com/howardjohn/gateway-api-bench).',
  '',
];

function placeOf(runs: readonly Run[]): string[] {
  const distinct = (of: (run: Run) => string | number): string => [...new Set(runs.map(of))].join(', ');
  return [
    `Measured on ${distinct(({ date }) => date)} with ${distinct(({ cores }) => cores)} cores, at commit ${distinct(({ commit }) => commit)}:`,
    `${distinct(({ controlPlane, version }) => `${controlPlane} ${version}`)}.`,
  ];
}

function scenarioSection({ name, question, figures }: Scenario, runs: readonly Run[]): string[] {
  const of = runs.filter(({ scenario }) => scenario === name);
  const names = [...new Set(of.map(({ controlPlane }) => controlPlane))];
  const sizes = [...new Set(of.map(({ routes }) => routes))].sort((a, b) => a - b);
  const peers = names.filter((one) => one !== 'sluice');
  const rows = Object.entries(figures).flatMap(([key, { title, unit }]) =>
    sizes.map((routes) => {
      const columns = names.map((one) => shown(of, one, routes, key));
      return `| ${title}, ${unit} | ${routes.toLocaleString('en')} | ${columns.join(' | ')} |`;
    }),
  );
  const note =
    peers.length === 0 ? [] : ['In parentheses behind a peer: how many times the figure of Sluice.', ''];
  return [
    `## ${name}`,
    '',
    sentence(question),
    '',
    `| figure | routes | ${names.join(' | ')} |`,
    `|---|---|${names.map(() => '---|').join('')}`,
    ...rows,
    '',
    ...note,
    ...notesOf(of),
    `![${name}](../${folder}/${name}.svg)`,
    '',
    ...[...new Set(of.map(({ command }) => command))].map((command) => `\`${command}\``),
    '',
  ];
}

function sentence(question: string): string {
  const text = `${question.charAt(0).toUpperCase()}${question.slice(1)}`;
  return text.endsWith('?') ? text : `${text}.`;
}

function notesOf(runs: readonly Run[]): string[] {
  const lines = runs.flatMap(({ controlPlane, routes, notes }) =>
    notes.map((line) => `- ${controlPlane}, ${routes.toLocaleString('en')} routes: ${line}`),
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

function shown(runs: readonly Run[], name: string, routes: number, key: string): string {
  const values = valuesOf(runs, name, routes, key);
  if (values.length === 0) return '–';
  if (name === 'sluice') return withInterval(estimate(values));
  const ratios = ratiosOf(runs, name, routes, key).filter(Number.isFinite);
  const ratio = ratios.length === 0 ? '' : ` (${figure(estimate(ratios).median)}×)`;
  return `${figure(estimate(values).median)}${ratio}`;
}

// `node docs/performance.ts` writes the page and the section of README, after a run of the benchmark.
if (import.meta.main) {
  await drawPlots(join(root, folder));
  for (const { file, wanted } of performancePages()) writeFileSync(join(root, file), wanted);
}
