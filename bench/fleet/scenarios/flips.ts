import { setTimeout as sleep } from 'node:timers/promises';
import * as objects from '../cluster/objects.ts';
import { Proxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import { Traffic } from '../traffic/traffic.ts';

/** Route change of https://github.com/howardjohn/gateway-api-bench, with as many flips as fit into the time. */
export const flips: Scenario = {
  name: 'flips',
  question: 'a route changes backend and filter each 200 ms under requests without a pause; how many fail?',
  figures: {
    bad: { title: 'answers besides 200', unit: 'count' },
    sent: { title: 'requests', unit: 'count' },
    flips: { title: 'changes of the route', unit: 'count' },
  },
  goals: [{ title: 'route flips: bad answers', of: { kind: 'most', figure: 'bad', value: 0 } }],
  objects: 'each',
  process: 'shared',
  async run(stage) {
    const { kube, contents, controlPlane, options, routes } = stage;
    const proxy = await Proxy.start(controlPlane);
    try {
      await proxy.serves(0, 'each');
      await controlPlane.settled();
      const traffic = new Traffic(proxy.port, objects.hostOf(0, 'each'), '/');
      // An even number, after which the route leads to its own Service again.
      const count = 2 * Math.max(1, Math.round((options.seconds * 500) / everyMs));
      for (let n = 0; n < count; n++) {
        const service = n % 2 === 0 ? routes - 1 : 0;
        const route = objects.route(0, contents.nextRevision(), { service });
        await kube.merge(route, { spec: route['spec'] });
        stage.progress(`${n + 1} of ${count} flips`);
        await sleep(everyMs);
      }
      const { sent, bad, kinds } = await traffic.end();
      if (bad > 0) stage.note(`bad answers: ${kinds}`);
      stage.report('bad', bad);
      stage.report('sent', sent);
      stage.report('flips', count);
    } finally {
      await proxy.stop();
    }
  },
};

const everyMs = 200;
