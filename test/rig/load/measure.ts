import { figure, table } from './table.ts';
import type { Scenario, SoakPorts, Unit } from './scenario.ts';

export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  readonly unit?: Unit;
}

/** Two figures of its own miss their goal: an error, and a scenario without a goal. */
export async function measure(
  { name: scenario, run }: Pick<Scenario, 'name' | 'run'>,
  progress: SoakPorts['progress'],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const startedAt = performance.now();
  try {
    await run({
      report: (name, value, atMost, unit) => {
        const goal = atMost === undefined ? {} : { atMost };
        figures.push({ scenario, name, value, ...goal, ...(unit === undefined ? {} : { unit }) });
      },
      progress,
    });
  } catch (error) {
    process.stdout.write(`\n${error instanceof Error ? error.stack : String(error)}\n`);
    figures.push({ scenario, name: 'ended by an error', value: 1, atMost: 0 });
  }
  if (figures.every(({ atMost }) => atMost === undefined))
    figures.push({ scenario, name: 'nothing was judged', value: 1, atMost: 0 });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  figures.push({ scenario, name: 'seconds that it took', value: seconds });
  return figures;
}

export function missed(figures: readonly Figure[]): Figure[] {
  return figures.filter(({ value, atMost }) => atMost !== undefined && !(value <= atMost));
}

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((one) => {
    const { name, value, atMost } = one;
    if (atMost === undefined) return [name, figure(value), '', ''];
    return [name, figure(value), `at most ${atMost}`, missed([one]).length === 0 ? 'holds' : 'MISSED'];
  });
  return table(['figure', 'measured', 'goal', ''], rows);
}
