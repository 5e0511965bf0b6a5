import type { Run } from '../report/results.ts';
import { sweepsOf } from '../report/sweeps.ts';
import type { Scenario } from '../scenario.ts';
import { svgOf } from './svg.ts';

/** A row of plots for each knob, one plot for each figure: medians of the blocks over the value of the knob. */
export async function sweepPlot({ question }: Scenario, runs: readonly Run[]): Promise<string> {
  const plots = sweepsOf(runs).flatMap(({ knob, values, figures }) =>
    [...figures].map(([figure, medians]) => ({
      data: { values: values.map((value, i) => ({ value, figure: medians[i] ?? 0 })) },
      width: 190,
      height: 110,
      title: { text: `${knob}: ${figure}`, fontSize: 9, limit: 240 },
      mark: { type: 'line' as const, point: true },
      encoding: {
        x: { field: 'value', type: 'ordinal' as const, title: null },
        y: { field: 'figure', type: 'quantitative' as const, title: null },
      },
    })),
  );
  return await svgOf({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    title: { text: question, anchor: 'start' },
    columns: 4,
    concat: plots,
  });
}
