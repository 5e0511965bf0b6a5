import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure, table } from '../../bench/table.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** One line of what a run found. */
interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
}

/**
 * `npm run soak:xds [-- SCENARIO…]`: what takes minutes to show, on real Envoys. All scenarios unless some are named.
 * Figures go to bench/results/soak-xds.json, where those of scenarios that did not run stay. Exit 1 when a goal is
 * missed, 2 when there is no such scenario.
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
    const figures = await run(scenario);
    process.stdout.write(`${tableOf(figures)}\n\n`);
    keep(scenario.name, figures);
    isGood &&= figures.every(({ value, atMost }) => atMost === undefined || value <= atMost);
  }
  return isGood ? 0 : 1;
}

async function run(scenario: Scenario): Promise<Figure[]> {
  const figures: Figure[] = [];
  const startedAt = performance.now();
  process.stdout.write(`${scenario.name}: ${scenario.title}\n`);
  const line = new LiveLine();
  try {
    await scenario.run({
      report: (name, value, atMost) =>
        figures.push({ scenario: scenario.name, name, value, ...(atMost === undefined ? {} : { atMost }) }),
      progress: (text) => line.show(text),
    });
  } catch (error) {
    process.stdout.write(`\n${error instanceof Error ? error.stack : String(error)}\n`);
    figures.push({ scenario: scenario.name, name: 'ended by an error', value: 1, atMost: 0 });
  }
  line.end();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  figures.push({ scenario: scenario.name, name: 'seconds that it took', value: seconds });
  return figures;
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, atMost }) => {
    if (atMost === undefined) return [name, figure(value), '', ''];
    return [name, figure(value), `at most ${atMost}`, value <= atMost ? 'holds' : 'MISSED'];
  });
  return table(['figure', 'measured', 'goal', ''], rows);
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

/** One line that is written over, once a second; on a terminal alone is it written over, elsewhere it is a new one. */
class LiveLine {
  #shownAt = 0;

  show(text: string): void {
    const now = performance.now();
    if (now - this.#shownAt < everyMs) return;
    this.#shownAt = now;
    process.stdout.write(process.stdout.isTTY ? `\r\u001b[K  ${text}` : `  ${text}\n`);
  }

  end(): void {
    if (process.stdout.isTTY && this.#shownAt > 0) process.stdout.write('\r\u001b[K');
  }
}

const everyMs = 1000;

// What was started is ended when this process exits by itself, and not by a signal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

process.exitCode = await main(process.argv.slice(2));
