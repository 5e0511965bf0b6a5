import { table } from '../../../test/rig/load/table.ts';
import { estimate } from '../measure/statistics.ts';
import { ratiosOf, valuesOf } from './blocks.ts';
import type { Run } from './results.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios.ts';
import { verdicts, withInterval } from './goals.ts';

/** Tables of all runs: medians of the blocks with their interval, ratios to Sluice in the same blocks, and goals. */
export function summary(runs: readonly Run[]): string {
  return scenarios
    .filter(({ name }) => runs.some(({ scenario }) => scenario === name))
    .map((scenario) => {
      const { name, question, figures } = scenario;
      const of = runs.filter((run) => run.scenario === name);
      const rows = Object.entries(figures).flatMap(([key, { title, unit }]) =>
        rowsOf(of, key).map((row) => [`${title}, ${unit}`, ...row]),
      );
      const head = ['figure', 'routes', 'control plane', 'median (95 %)', '/ Sluice (95 %)'];
      return `\n${name}: ${question}\n${table(head, rows)}\n${goalLines(scenario, of)}`;
    })
    .join('');
}

function goalLines(scenario: Scenario, runs: readonly Run[]): string {
  return verdicts(scenario, runs)
    .map(
      ({ title, goal, measured, isMet }) =>
        `  ${isMet ? 'met    ' : 'NOT MET'} ${title}: ${measured} (goal: ${goal})\n`,
    )
    .join('');
}

function rowsOf(runs: readonly Run[], key: string): string[][] {
  const sizes = [...new Set(runs.map(({ routes }) => routes))];
  const names = [...new Set(runs.map(({ controlPlane }) => controlPlane))];
  return sizes.flatMap((routes) =>
    names.flatMap((name) => {
      const values = valuesOf(runs, name, routes, key);
      if (values.length === 0) return [];
      const ratios = ratiosOf(runs, name, routes, key);
      const isPeer = name !== 'sluice' && ratios.length > 0;
      const ratio = isPeer ? withInterval(estimate(ratios)) : '';
      return [[String(routes), name, withInterval(estimate(values)), ratio]];
    }),
  );
}
