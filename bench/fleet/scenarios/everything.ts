import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../../../test/rig/load/quantiles.ts';
import * as objects from '../cluster/objects.ts';
import { editEndpoint, editRoute, latencyOf, type Edit } from '../edits.ts';
import { Proxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import { Traffic } from '../traffic/traffic.ts';

export const everything: Scenario = {
  name: 'everything',
  question:
    'all at once: 50 endpoint changes, 5 route changes and 20 edits without meaning a second, under requests without a pause',
  figures: {
    endpointP99: { title: 'endpoint change to the wire, p99', unit: 'ms' },
    routeP99: { title: 'route change to the wire, p99', unit: 'ms' },
    never: { title: 'changes that have not come 15 s after the last', unit: 'count' },
    bad: { title: 'answers besides 200', unit: 'count' },
    sent: { title: 'requests', unit: 'count' },
    cpu: { title: 'CPU in a second, all threads', unit: 'ms' },
  },
  goals: [{ title: 'everything at once: bad answers', of: { kind: 'most', figure: 'bad', value: 0 } }],
  objects: 'each',
  process: 'shared',
  async run(stage) {
    const { kube, controlPlane, options, routes } = stage;
    const proxy = await Proxy.start(controlPlane);
    try {
      await proxy.serves(0, 'each');
      const { tap, arrivals } = await controlPlane.watched();
      const traffic = new Traffic(proxy.port, objects.hostOf(0, 'each'), '/');
      const latencies = { endpoint: [] as number[], route: [] as number[] };
      const underWay = new Set<Promise<void>>();
      const follow = async (kind: keyof typeof latencies, edit: Promise<Edit>): Promise<void> => {
        try {
          latencies[kind].push(await latencyOf(await edit));
        } catch {
          // It stays among those that have not come.
          await new Promise(() => {});
        }
      };
      const label = async (n: number): Promise<void> => {
        const metadata = { labels: { 'bench.test/edit': String(n) } };
        await kube.merge(objects.route(n % routes, 0), { metadata });
      };
      const start = (work: Promise<void>): void => {
        underWay.add(work);
        void work.then(() => underWay.delete(work));
      };
      const cpu = controlPlane.cpuMs;
      for (let n = 0; n < options.seconds * tickRate; n++) {
        start(follow('endpoint', editEndpoint(stage, arrivals)));
        if (n % 10 === 5) start(follow('route', editRoute(stage, arrivals)));
        if (n % 5 < 2) start(label(n));
        if (n % tickRate === 0) stage.progress(`${n / tickRate} of ${options.seconds} s`);
        await sleep(1000 / tickRate);
      }
      stage.report('cpu', (controlPlane.cpuMs - cpu) / options.seconds);
      const end = performance.now() + drainMs;
      while (underWay.size > 0 && performance.now() < end) await sleep(20);
      const { sent, bad, kinds } = await traffic.end();
      if (bad > 0) stage.note(`bad answers: ${kinds}`);
      stage.report('endpointP99', quantiles(latencies.endpoint).p99);
      stage.report('routeP99', quantiles(latencies.route).p99);
      stage.report('never', underWay.size);
      stage.report('bad', bad);
      stage.report('sent', sent);
      arrivals.forget();
      tap.close();
    } finally {
      await proxy.stop();
    }
  },
};

const tickRate = 50;
const drainMs = 15_000;
