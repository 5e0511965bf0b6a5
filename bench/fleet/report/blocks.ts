import type { Run } from './results.ts';

/** The figure in each block of one control plane at one size. */
export function valuesOf(runs: readonly Run[], name: string, routes: number, key: string): number[] {
  return runs
    .filter((run) => run.controlPlane === name && run.routes === routes)
    .flatMap(({ figures }) => figures[key] ?? []);
}

/** The figure divided by that of Sluice in the same block, for each block that has both. */
export function ratiosOf(runs: readonly Run[], name: string, routes: number, key: string): number[] {
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
