import { inParallel } from '../../../test/rig/load/in-parallel.ts';
import * as objects from '../cluster/objects.ts';
import type { Scenario } from '../scenario.ts';

export const noop: Scenario = {
  name: 'noop',
  question: 'edits that mean nothing to a proxy: labels, annotations, the order of endpoints',
  figures: {
    messages: { title: 'messages to the proxy', unit: 'count' },
    cpu: { title: 'CPU for each edit, all threads', unit: 'ms' },
    edits: { title: 'edits', unit: 'count' },
  },
  goals: [
    { title: 'messages for edits without meaning', of: { kind: 'most', figure: 'messages', value: 0 } },
  ],
  objects: 'each',
  process: 'shared',
  async run(stage) {
    const { kube, controlPlane, contents, options, routes } = stage;
    const { tap } = await controlPlane.watched();
    const [cpu, messages] = [controlPlane.cpuMs, tap.messages];
    const label = `edit-${contents.nextRevision()}`;
    const metadata = { labels: { 'bench.test/edit': label }, annotations: { 'bench.test/edit': label } };
    let edits = 0;
    await inParallel(routes, async (i) => {
      // The endpoints that it has, as other scenarios have changed some.
      const slice = await kube.get(objects.slice(i, options.endpoints, 0));
      if (slice === undefined) throw new Error(`Service ${i} has no slice`);
      await kube.merge(slice, { metadata, endpoints: (slice['endpoints'] as object[]).toReversed() });
      await kube.merge(objects.route(i, 0), { metadata });
      await kube.merge(objects.service(i), { metadata });
      edits += 3;
      if (edits % 300 === 0)
        stage.progress(`${edits} of ${3 * routes} edits, ${tap.messages - messages} messages`);
    });
    await controlPlane.settled(tap);
    stage.report('messages', tap.messages - messages);
    stage.report('cpu', (controlPlane.cpuMs - cpu) / edits);
    stage.report('edits', edits);
    tap.close();
  },
};
