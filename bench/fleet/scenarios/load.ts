import { converge } from '../../../test/rig/envoy/converge.ts';
import * as objects from '../cluster/objects.ts';
import type { Scenario } from '../scenario.ts';
import { peakMiB } from '../measure/proc.ts';

export const load: Scenario = {
  name: 'load',
  question: 'all routes, Services and endpoints are created through the API, with one proxy connected',
  figures: {
    cpu: { title: 'CPU, all threads, until nothing is left to do', unit: 's' },
    rest: { title: 'last create until nothing is left to do', unit: 's' },
    sent: { title: 'sent to the proxy', unit: 'kB' },
    peak: { title: 'peak of resident memory', unit: 'MiB' },
  },
  goals: [
    {
      title: 'CPU to load 3,000 routes, beside the best peer of the same blocks',
      of: { kind: 'best', figure: 'cpu', routes: 3000 },
    },
  ],
  objects: 'none',
  process: 'own',
  async run(stage) {
    const { contents, options, routes } = stage;
    const controlPlane = await stage.start();
    try {
      await controlPlane.settled();
      const tap = await controlPlane.tap();
      // A control plane that waits for something uses no CPU, and has not done its work.
      const last = Buffer.from(objects.hostOf(routes - 1, 'each'));
      let hasLast = false;
      tap.onMessage = ({ bytes }) => (hasLast ||= bytes.includes(last));
      const cpu = controlPlane.cpuMs;
      await contents.become({ routes, hosts: 'each', endpoints: options.endpoints });
      const createdAt = performance.now();
      stage.progress('all created');
      await converge(() => hasLast, patienceMs);
      const quietSince = await controlPlane.settled(tap);
      stage.report('cpu', (controlPlane.cpuMs - cpu) / 1000);
      stage.report('rest', Math.max(0, Math.round(quietSince - createdAt)) / 1000);
      stage.report('sent', tap.bytes / 1000);
      stage.report('peak', peakMiB(controlPlane.pids));
    } finally {
      await controlPlane.stop();
    }
  },
};

const patienceMs = 300_000;
