import { editEndpoint } from '../edits.ts';
import type { Scenario } from '../scenario.ts';
import { Arrivals } from '../tap/arrivals.ts';

export const restart: Scenario = {
  name: 'restart',
  question: 'the control plane is killed and starts again; its proxy connects with the versions that it has',
  figures: {
    resent: { title: 'resources that are sent again', unit: 'count' },
    bytes: { title: 'sent after the restart', unit: 'kB' },
    change: { title: 'start until a change of an endpoint is on the wire', unit: 's' },
  },
  goals: [{ title: 'resources resent after a restart', of: { kind: 'most', figure: 'resent', value: 0 } }],
  objects: 'each',
  process: 'own',
  async run(stage) {
    const before = await stage.start();
    const tap = await before.tap();
    await before.settled(tap);
    const { versions } = tap;
    for (const pid of before.pids) process.kill(pid, 'SIGKILL');
    await before.stop();
    const after = await stage.start();
    try {
      const again = await after.tap(undefined, versions);
      const arrivals = new Arrivals(again);
      const { arrival } = await editEndpoint(stage, arrivals);
      stage.report('change', ((await arrival).at - after.peer.startedAt) / 1000);
      await after.settled();
      // The change is a resource of its own.
      stage.report('resent', again.resources - 1);
      stage.report('bytes', again.bytes / 1000);
    } finally {
      await after.stop();
    }
  },
};
