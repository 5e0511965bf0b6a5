import type { SoakPorts } from '../rig/load/scenario.ts';

/**
 * Runs a short version of a scenario for a test, and resolves to the figures that miss their goal. Times, whose names end
 * in `ms`, are left out: those of a few rounds on a busy machine say nothing.
 */
export async function missedIn(scenario: (ports: SoakPorts) => Promise<void>): Promise<string[]> {
  const missed: string[] = [];
  await scenario({
    report(name, value, atMost) {
      if (atMost !== undefined && !(value <= atMost) && !name.endsWith(' ms'))
        missed.push(`${name}: ${value}`);
    },
    progress() {},
  });
  return missed;
}
