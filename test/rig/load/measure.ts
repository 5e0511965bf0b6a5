import { figure, table } from './table.ts';
import type { Scenario, SoakPorts } from './scenario.ts';

/** One line of what a run found. */
export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
}

/** Runs one. An error that ends it is a figure, too. */
export async function measure(
  { name: scenario, run }: Pick<Scenario, 'name' | 'run'>,
  progress: SoakPorts['progress'],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const startedAt = performance.now();
  try {
    await run({
      report: (name, value, atMost) =>
        figures.push({ scenario, name, value, ...(atMost === undefined ? {} : { atMost }) }),
      progress,
    });
  } catch (error) {
    process.stdout.write(`\n${error instanceof Error ? error.stack : String(error)}\n`);
    figures.push({ scenario, name: 'ended by an error', value: 1, atMost: 0 });
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  figures.push({ scenario, name: 'seconds that it took', value: seconds });
  return figures;
}

/** Those that are not what they must be. */
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
