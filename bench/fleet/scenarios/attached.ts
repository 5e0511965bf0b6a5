import { converge } from '../../../test/rig/envoy/converge.ts';
import { inParallel } from '../../../test/rig/load/in-parallel.ts';
import { GatewayWatch } from '../cluster/gateway-watch.ts';
import * as objects from '../cluster/objects.ts';
import type { Scenario } from '../scenario.ts';

/** Attached routes of https://github.com/howardjohn/gateway-api-bench: all routes lead to one Service. */
export const attached: Scenario = {
  name: 'attached',
  question: 'routes are created at once; the Gateway’s status counts them',
  figures: {
    setup: { title: 'last create until the count is right', unit: 's' },
    writes: { title: 'writes of the Gateway', unit: 'count' },
    cpu: { title: 'CPU, all threads, until nothing is left to do', unit: 's' },
    teardown: { title: 'start of the deletion until the count is 0', unit: 's' },
  },
  goals: [
    { title: 'attached routes: last status', of: { kind: 'most', figure: 'setup', value: 1, routes: 1000 } },
    {
      title: 'attached routes: writes of the Gateway',
      of: { kind: 'most', figure: 'writes', value: 20, routes: 1000 },
    },
  ],
  objects: 'none',
  process: 'own',
  async run(stage) {
    const { kube, contents, options, routes } = stage;
    await kube.create(objects.service(0));
    await kube.create(objects.slice(0, options.endpoints, 0));
    const controlPlane = await stage.start();
    const watch = await GatewayWatch.start(stage.kubeconfig);
    try {
      await controlPlane.settled();
      const cpu = controlPlane.cpuMs;
      const writes = watch.writes;
      await inParallel(routes, (i) => kube.create(objects.route(i, 0, { service: 0 })));
      const createdAt = performance.now();
      await converge(() => watch.attachedRoutes === routes, patienceMs);
      stage.progress(`${routes} routes attached`);
      await controlPlane.settled();
      stage.report('setup', Math.max(0, watch.attachedAt - createdAt) / 1000);
      stage.report('writes', watch.writes - writes);
      stage.report('cpu', (controlPlane.cpuMs - cpu) / 1000);
      const deletedAt = performance.now();
      await contents.clear();
      await converge(() => watch.attachedRoutes === 0, patienceMs);
      stage.report('teardown', (watch.attachedAt - deletedAt) / 1000);
    } finally {
      await watch.close();
      await controlPlane.stop();
      await contents.clear();
    }
  },
};

const patienceMs = 300_000;
