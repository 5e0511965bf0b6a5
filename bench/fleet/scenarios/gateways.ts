import { inParallel } from '../../../test/rig/load/in-parallel.ts';
import * as objects from '../cluster/objects.ts';
import { cpuOfEvents } from '../event-cost.ts';
import type { Scenario } from '../scenario.ts';

export const gateways: Scenario = {
  name: 'gateways',
  question: 'an event of one Gateway, beside one and beside many others, each with a route',
  figures: {
    endpointOne: { title: 'CPU for an endpoint change, one Gateway', unit: 'ms' },
    endpointMany: { title: 'the same beside the others', unit: 'ms' },
    endpointRatio: { title: 'beside the others / alone', unit: 'ratio' },
    routeOne: { title: 'CPU for a route change, one Gateway', unit: 'ms' },
    routeMany: { title: 'the same beside the others', unit: 'ms' },
    routeRatio: { title: 'beside the others / alone', unit: 'ratio' },
    each: { title: 'resident memory for each further Gateway', unit: 'KiB' },
    gateways: { title: 'Gateways', unit: 'count' },
  },
  goals: [
    {
      title: '1,000 Gateways: an endpoint change, CPU beside that at one',
      of: { kind: 'most', figure: 'endpointRatio', value: 1.1 },
    },
    {
      title: '1,000 Gateways: a route change, CPU beside that at one',
      of: { kind: 'most', figure: 'routeRatio', value: 1.1 },
    },
  ],
  objects: 'each',
  process: 'own',
  isOwn: true,
  async run(stage) {
    const { kube, options, peer, routes } = stage;
    const others = options.gateways - 1;
    // Deployments and Services of a thousand Gateways would be another measurement.
    const controlPlane = await stage.start({ infrastructure: { enabled: false } });
    try {
      await controlPlane.settled();
      // Compiles the code, so that the first measurement has no more of that than the second.
      await cpuOfEvents(stage, controlPlane);
      const one = await cpuOfEvents(stage, controlPlane);
      const before = controlPlane.memory.residentMiB;
      await inParallel(others, async (i) => {
        const name = `other-${i}`;
        await kube.create(objects.gateway(peer.gatewayClass, name));
        await kube.create(objects.route(routes + i, 0, { gateway: name, service: 0 }));
        if (i % 50 === 0) stage.progress(`${i} of ${others} Gateways`);
      });
      await controlPlane.settled();
      stage.report('each', ((controlPlane.memory.residentMiB - before) * 1024) / others);
      const many = await cpuOfEvents(stage, controlPlane);
      for (const event of ['endpoint', 'route'] as const) {
        stage.report(`${event}One`, one[event]);
        stage.report(`${event}Many`, many[event]);
        stage.report(`${event}Ratio`, many[event] / one[event]);
      }
      stage.report('gateways', options.gateways);
    } finally {
      await controlPlane.stop();
      await inParallel(others, async (i) => {
        await kube.delete(objects.route(routes + i, 0));
        await kube.delete(objects.gateway(peer.gatewayClass, `other-${i}`));
      });
    }
  },
};
