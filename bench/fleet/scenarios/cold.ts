import { converge } from '../../../test/rig/envoy/converge.ts';
import * as objects from '../cluster/objects.ts';
import { peakMiB } from '../measure/proc.ts';
import { Proxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';

export const cold: Scenario = {
  name: 'cold',
  question: 'the control plane starts while every object is there; a tap and an Envoy wait for it',
  figures: {
    first: { title: 'start to the first response', unit: 's' },
    complete: { title: 'start until the tap has everything', unit: 's' },
    served: { title: 'start until Envoy serves the last route', unit: 's' },
    cpu: { title: 'CPU, all threads, until nothing is left to do', unit: 's' },
    peak: { title: 'peak of resident memory', unit: 'MiB' },
    sent: { title: 'sent to the tap', unit: 'kB' },
  },
  goals: [],
  objects: 'each',
  process: 'own',
  async run(stage) {
    const { routes } = stage;
    const controlPlane = await stage.start();
    const { startedAt } = controlPlane.peer;
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    const proxy = await Proxy.start(controlPlane);
    try {
      const tap = await controlPlane.tap();
      // Control planes may send a part first.
      const lastRoute = Buffer.from(objects.hostOf(routes - 1, 'each'));
      let hasLast = false;
      tap.onMessage = ({ bytes }) => {
        if (stage.figures['first'] === undefined) stage.report('first', seconds());
        hasLast ||= bytes.includes(lastRoute);
      };
      await Promise.all([
        converge(() => hasLast && tap.isComplete, completeMs).then(() => stage.report('complete', seconds())),
        proxy.serves(routes - 1, 'each').then(() => stage.report('served', seconds())),
      ]);
      await controlPlane.settled(tap);
      stage.report('cpu', controlPlane.cpuMs / 1000);
      stage.report('peak', peakMiB(controlPlane.pids));
      stage.report('sent', tap.bytes / 1000);
    } finally {
      await proxy.stop();
      await controlPlane.stop();
    }
  },
};

const completeMs = 300_000;
