import { figure, table } from '../../test/rig/load/table.ts';
import { estimate } from './measure/statistics.ts';
import type { Run } from './results.ts';
import { scenarios } from './scenarios.ts';

/** Table of all runs: medians of the blocks with their interval, and ratios to Sluice in the same blocks. */
export function summary(runs: readonly Run[]): string {
  return scenarios
    .filter(({ name }) => runs.some(({ scenario }) => scenario === name))
    .map(({ name, question, figures }) => {
      const of = runs.filter(({ scenario }) => scenario === name);
      const rows = Object.entries(figures).flatMap(([key, { title, unit }]) =>
        rowsOf(of, key).map((row) => [`${title}, ${unit}`, ...row]),
      );
      const head = ['figure', 'routes', 'control plane', 'median', '95 %', '/ Sluice', '95 %'];
      return `\n${name}: ${question}\n${table(head, rows)}\n`;
    })
    .join('');
}

function rowsOf(runs: readonly Run[], key: string): string[][] {
  const sizes = [...new Set(runs.map(({ routes }) => routes))];
  const names = [...new Set(runs.map(({ controlPlane }) => controlPlane))];
  return sizes.flatMap((routes) =>
    names.flatMap((name) => {
      const values = valuesOf(runs, name, routes, key);
      if (values.length === 0) return [];
      const of = estimate(values);
      const ratio = name === 'sluice' ? undefined : estimate(ratiosOf(runs, name, routes, key));
      return [
        [
          String(routes),
          name,
          figure(of.median),
          `${figure(of.low)} … ${figure(of.high)}`,
          ratio === undefined ? '' : figure(ratio.median),
          ratio === undefined ? '' : `${figure(ratio.low)} … ${figure(ratio.high)}`,
        ],
      ];
    }),
  );
}

function valuesOf(runs: readonly Run[], name: string, routes: number, key: string): number[] {
  return runs
    .filter((run) => run.controlPlane === name && run.routes === routes)
    .flatMap(({ figures }) => figures[key] ?? []);
}

/** One ratio for each block that has both. */
function ratiosOf(runs: readonly Run[], name: string, routes: number, key: string): number[] {
  return runs
    .filter((run) => run.controlPlane === name && run.routes === routes)
    .flatMap((run) => {
      const own = runs.find(
        (other) => other.controlPlane === 'sluice' && other.routes === routes && other.block === run.block,
      )?.figures[key];
      const value = run.figures[key];
      return own === undefined || value === undefined ? [] : [value / own];
    });
}
