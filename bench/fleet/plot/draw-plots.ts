import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readResults } from '../report/results.ts';
import { scenarios } from '../scenarios.ts';
import { scenarioPlot } from './scenario-plot.ts';

/** Draws a plot for each scenario with results in the folder. */
export async function drawPlots(folder: string): Promise<void> {
  const runs = readResults(folder);
  for (const scenario of scenarios) {
    const of = runs.filter((run) => run.scenario === scenario.name);
    if (of.length > 0) writeFileSync(join(folder, `${scenario.name}.svg`), await scenarioPlot(scenario, of));
  }
}
