import type { Scenario } from '../scenario.ts';

export const memory: Scenario = {
  name: 'memory',
  question: 'memory at rest, with one proxy connected',
  figures: {
    resident: { title: 'resident memory of all processes', unit: 'MiB' },
    proportional: { title: 'proportional set size', unit: 'MiB' },
  },
  goals: [
    {
      title: 'resident memory, 3,000 routes',
      of: { kind: 'most', figure: 'resident', value: 180, routes: 3000 },
    },
    {
      title: 'resident memory, 10,000 routes and 100,000 endpoints',
      of: { kind: 'most', figure: 'resident', value: 400, routes: 10_000 },
    },
  ],
  objects: 'each',
  process: 'shared',
  async run(stage) {
    const { tap } = await stage.controlPlane.watched();
    const { residentMiB, proportionalMiB } = stage.controlPlane.memory;
    stage.report('resident', residentMiB);
    stage.report('proportional', proportionalMiB);
    tap.close();
  },
};
