import { figure } from '../../../test/rig/load/table.ts';
import { estimate, growth, type Estimate } from '../measure/statistics.ts';
import type { Scenario } from '../scenario.ts';
import { ratiosOf, valuesOf } from './blocks.ts';
import type { Run } from './results.ts';

/** A goal of one scenario. It is met when the bad end of the 95 % interval is within it. */
export interface Goal {
  readonly title: string;
  readonly of: GoalOf;
}

type GoalOf =
  /** The figure of Sluice at each size, or at one. */
  | { readonly kind: 'most'; readonly figure: string; readonly value: number; readonly routes?: number }
  /** Growth exponent of the figure over the sizes. */
  | { readonly kind: 'growth'; readonly figure: string; readonly value: number }
  /** The peer's figure divided by that of Sluice in the same block. */
  | {
      readonly kind: 'ratio';
      readonly figure: string;
      readonly peer: string;
      readonly least: number;
      readonly routes: number;
    }
  /** At most that of the best peer of the same blocks: a ratio of 1. */
  | { readonly kind: 'best'; readonly figure: string; readonly routes: number };

export interface Verdict {
  readonly scenario: string;
  readonly title: string;
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** Returns a verdict for each size that was measured; none for a goal that the runs say nothing of. */
export function verdicts({ name, goals }: Scenario, runs: readonly Run[]): Verdict[] {
  const of = runs.filter(({ scenario }) => scenario === name);
  return goals.flatMap((goal) =>
    measuredOf(goal.of, of).map(({ at, value, goal: wanted, isMet }) => ({
      scenario: name,
      title: at === '' ? goal.title : `${goal.title}, ${at}`,
      goal: wanted,
      measured: withInterval(value),
      isMet,
    })),
  );
}

export function withInterval({ median, low, high }: Estimate): string {
  const [of, from, to] = [median, low, high].map(figure);
  return from === to ? `${of}` : `${of} (${from} … ${to})`;
}

interface Measured {
  /** Size, where there may be several. */
  readonly at: string;
  readonly value: Estimate;
  readonly goal: string;
  readonly isMet: boolean;
}

function measuredOf(goal: GoalOf, runs: readonly Run[]): Measured[] {
  const own = runs.filter(({ controlPlane }) => controlPlane === 'sluice');
  const sizes = [...new Set(own.map(({ routes }) => routes))].sort((a, b) => a - b);
  switch (goal.kind) {
    case 'most':
      return sizes
        .filter((routes) => goal.routes === undefined || goal.routes === routes)
        .map((routes) => {
          const value = estimate(valuesOf(own, 'sluice', routes, goal.figure));
          return most(value, goal.value, `${routes.toLocaleString('en')} routes`);
        });
    case 'growth': {
      if (sizes.length < 2) return [];
      const points = own.map(({ routes, figures }) => ({ size: routes, cost: figures[goal.figure] ?? 0 }));
      return [most(growth(points), goal.value, '')];
    }
    case 'ratio': {
      const ratios = ratiosOf(runs, goal.peer, goal.routes, goal.figure);
      if (ratios.length === 0) return [];
      const value = estimate(ratios);
      const at = `${goal.routes.toLocaleString('en')} routes`;
      return [{ at, value, goal: `at least ${goal.least}`, isMet: value.low >= goal.least }];
    }
    case 'best': {
      const ratios = ownToBest(runs, goal.routes, goal.figure);
      return ratios.length === 0 ? [] : [most(estimate(ratios), 1, 'ratio')];
    }
  }
}

function most(value: Estimate, limit: number, at: string): Measured {
  return { at, value, goal: `at most ${limit}`, isMet: value.high <= limit };
}

/** The figure of Sluice divided by the lowest of the peers, for each block that has both. */
function ownToBest(runs: readonly Run[], routes: number, key: string): number[] {
  const blocks = [...new Set(runs.map(({ block }) => block))];
  return blocks.flatMap((block) => {
    const of = runs.filter((run) => run.block === block && run.routes === routes);
    const [own] = valuesOf(of, 'sluice', routes, key);
    const peers = of.filter(({ controlPlane }) => controlPlane !== 'sluice');
    const best = Math.min(...peers.map(({ figures }) => figures[key] ?? Number.POSITIVE_INFINITY));
    return own === undefined || !Number.isFinite(best) ? [] : [own / best];
  });
}
