import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readResults, type Run } from '../report/results.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from '../scenarios.ts';
import { scenarioPlot } from './scenario-plot.ts';
import { sweepPlot } from './sweep-plot.ts';

/** Draws a plot for each scenario with results in the folder. */
export async function drawPlots(folder: string): Promise<void> {
  const runs = readResults(folder);
  for (const scenario of scenarios) {
    const of = runs.filter((run) => run.scenario === scenario.name);
    if (of.length > 0) writeFileSync(join(folder, `${scenario.name}.svg`), await plotOf(scenario, of));
  }
}

async function plotOf(scenario: Scenario, runs: readonly Run[]): Promise<string> {
  return scenario.isSweep === true ? await sweepPlot(scenario, runs) : await scenarioPlot(scenario, runs);
}
