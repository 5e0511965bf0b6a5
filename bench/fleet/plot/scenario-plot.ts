import type { Scenario } from '../scenario.ts';
import type { Run } from '../report/results.ts';
import { svgOf, type TopLevelSpec } from './svg.ts';

/** Small plots of a scenario side by side, one for each figure: over the number of routes where there are several. */
export async function scenarioPlot({ figures, question }: Scenario, runs: readonly Run[]): Promise<string> {
  const isOverRoutes = new Set(runs.map(({ routes }) => routes)).size > 1;
  const plots = Object.entries(figures)
    .filter(([key]) => runs.some((run) => (run.figures[key] ?? 0) > 0))
    .map(([key, { title, unit }]) => {
      const values = runs.flatMap(({ controlPlane, routes, figures: of }) => {
        const value = of[key];
        return value === undefined ? [] : [{ controlPlane, routes, value: Math.max(value, floor) }];
      });
      return {
        data: { values },
        width: 270,
        height: isOverRoutes ? 160 : { step: 24 },
        title: { text: wrapped(`${title}, ${unit}`), fontSize: 10 },
        ...(isOverRoutes ? overRoutes : asBars),
      };
    });
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    title: { text: question, anchor: 'start' },
    columns: 3,
    concat: plots,
    resolve: { scale: { color: 'shared' } },
  };
  return await svgOf(spec);
}

const quantitative = 'quantitative' as const;
const nominal = 'nominal' as const;
const logarithmic = { type: 'log' as const };
const color = { field: 'controlPlane', type: nominal, title: 'control plane' };

const overRoutes = {
  encoding: { x: { field: 'routes', type: quantitative, scale: logarithmic, title: 'routes' }, color },
  layer: [
    {
      mark: { type: 'line' as const, point: true },
      encoding: {
        y: {
          field: 'value',
          aggregate: 'median' as const,
          type: quantitative,
          scale: logarithmic,
          title: null,
        },
      },
    },
    {
      mark: 'rule' as const,
      encoding: {
        y: { field: 'value', aggregate: 'min' as const, type: quantitative },
        y2: { field: 'value', aggregate: 'max' as const },
      },
    },
  ],
};

const asBars = {
  mark: 'bar' as const,
  encoding: {
    y: { field: 'controlPlane', type: nominal, title: null },
    x: { field: 'value', aggregate: 'median' as const, type: quantitative, title: null },
    color: { ...color, legend: null },
  },
};

/** Lines that are about as wide as a plot. */
function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length < lineLength) lines[lines.length - 1] = `${last} ${word}`.trim();
    else lines.push(word);
  }
  return lines;
}

const lineLength = 50;

/** A logarithm has no place for 0. */
const floor = 0.001;
