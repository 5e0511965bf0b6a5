import { measure, missed } from '../rig/load/measure.ts';
import type { SoakPorts } from '../rig/load/scenario.ts';

/**
 * Runs a short version, and resolves to figures that miss their goal. Times are not judged: a busy machine decides
 * them. A scenario without another goal misses one.
 */
export async function missedIn(scenario: (ports: SoakPorts) => Promise<void>): Promise<string[]> {
  const figures = await measure({ name: 'short', run: scenario }, () => {});
  const judged = figures.filter(({ atMost, unit }) => atMost !== undefined && unit !== 'ms');
  if (judged.length === 0) return ['nothing was judged: 1'];
  return missed(judged).map(({ name, value }) => `${name}: ${value}`);
}
