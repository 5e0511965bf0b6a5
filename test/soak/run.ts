import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LiveLine } from '../rig/load/live-line.ts';
import { measure, missed, tableOf, type Figure } from '../rig/load/measure.ts';
import { scenarios } from './scenarios.ts';

/**
 * `npm run soak:xds [-- SCENARIO…]`: long scenarios on real Envoys, by default all. Figures go to
 * bench/results/soak-xds.json, beside those of earlier runs. Exit 1: a goal is missed; 2: no such scenario.
 */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const known = scenarios.map(({ name, title }) => `  ${name}: ${title}\n`).join('');
    process.stderr.write(`soak: no scenario is named ${unknown.join(', ')}; there are\n${known}`);
    return 2;
  }
  let isGood = true;
  for (const scenario of scenarios) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    process.stdout.write(`${scenario.name}: ${scenario.title}\n`);
    const line = new LiveLine();
    const figures = await measure(scenario, line.show);
    line.end();
    process.stdout.write(`${tableOf(figures)}\n\n`);
    keep(scenario.name, figures);
    isGood &&= missed(figures).length === 0;
  }
  return isGood ? 0 : 1;
}

const results = join(import.meta.dirname, '..', '..', 'bench', 'results');
const file = join(results, 'soak-xds.json');

function keep(scenario: string, figures: readonly Figure[]): void {
  const others = kept().filter((found) => found.scenario !== scenario);
  mkdirSync(results, { recursive: true });
  const order = scenarios.map(({ name }) => name);
  const all = [...others, ...figures].sort((a, b) => order.indexOf(a.scenario) - order.indexOf(b.scenario));
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(file, `${JSON.stringify({ date, figures: all }, undefined, 2)}\n`);
}

function kept(): Figure[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { figures: Figure[] }).figures;
  } catch {
    return [];
  }
}

// Children are ended at `exit`, which a signal alone does not cause.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

process.exitCode = await main(process.argv.slice(2));
