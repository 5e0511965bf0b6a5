import { inParallel } from '../../../test/rig/load/in-parallel.ts';
import * as objects from '../cluster/objects.ts';
import { installPolicyCrd, scriptPolicy } from '../cluster/plugin-policy.ts';
import { cpuOfEvents } from '../event-cost.ts';
import type { Scenario } from '../scenario.ts';

export const policies: Scenario = {
  name: 'policies',
  question: 'an event, beside no policy and beside a policy with a script for each of many other routes',
  figures: {
    endpointNone: { title: 'CPU for an endpoint change, no policy', unit: 'ms' },
    endpointMany: { title: 'the same beside the policies', unit: 'ms' },
    routeNone: { title: 'CPU for a route change, no policy', unit: 'ms' },
    routeMany: { title: 'the same beside the policies', unit: 'ms' },
    each: { title: 'resident memory for each policy and its route', unit: 'KiB' },
    policies: { title: 'policies', unit: 'count' },
  },
  goals: [],
  objects: 'each',
  process: 'own',
  isOwn: true,
  async run(stage) {
    const { kube, options, routes } = stage;
    await installPolicyCrd(kube);
    const controlPlane = await stage.start({ translate: { lua: true } });
    try {
      await controlPlane.settled();
      // Compiles the code, so that the first measurement has no more of that than the second.
      await cpuOfEvents(stage, controlPlane);
      const none = await cpuOfEvents(stage, controlPlane);
      const before = controlPlane.memory.residentMiB;
      await inParallel(options.policies, async (i) => {
        await kube.create(objects.route(routes + i, 0, { service: 0 }));
        await kube.create(scriptPolicy(routes + i));
        if (i % 50 === 0) stage.progress(`${i} of ${options.policies} policies`);
      });
      await controlPlane.settled();
      stage.report('each', ((controlPlane.memory.residentMiB - before) * 1024) / options.policies);
      const many = await cpuOfEvents(stage, controlPlane);
      stage.report('endpointNone', none.endpoint);
      stage.report('endpointMany', many.endpoint);
      stage.report('routeNone', none.route);
      stage.report('routeMany', many.route);
      stage.report('policies', options.policies);
    } finally {
      await controlPlane.stop();
      await inParallel(options.policies, async (i) => {
        await kube.delete(scriptPolicy(routes + i));
        await kube.delete(objects.route(routes + i, 0));
      });
    }
  },
};
