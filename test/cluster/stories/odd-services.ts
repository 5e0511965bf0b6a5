import { converge } from '../../rig/envoy/converge.ts';
import { auditBytes, auditOfSluice } from '../audit.ts';
import { TestNamespace } from '../test-namespace.ts';
import { quiet } from '../quiet.ts';
import { installEnvoyCrds, metricOfAll } from '../sluice.ts';
import { OddServicesFixture } from './odd-services-fixture.ts';
import type { Story } from './story.ts';

/** Story 1: `None` of a headless Service went into the status of a Gateway, and the API server refused all of it. */
export const oddServices: Story = {
  name: 'odd-services',
  title: 'random Services before Gateways and behind routes: every status is taken, is right, and rests',
  options: [
    {
      name: 'services',
      default: '5000',
      meaning: 'random Services before Gateways',
    },
    { name: 'gateways', default: '200', meaning: 'Gateways that have them one after another' },
    { name: 'quiet', default: '10', meaning: 'seconds of events that change nothing' },
    { name: 'seed', default: '1', meaning: 'of what is random' },
  ],
  async run({ report, progress }, options) {
    const ns = await TestNamespace.open('story-odd-services');
    try {
      await installEnvoyCrds(ns.kube, 'EnvoyProxy');
      const skip = auditBytes(ns.cluster);
      const refusedBefore = await writes(ns, 'result="refused"');
      const fixture = new OddServicesFixture(ns, options.number('gateways'), options.number('seed'));
      const rounds = Math.ceil(options.number('services') / fixture.servicesPerRound);
      for (let round = 1; round <= rounds && fixture.wrong.length === 0; round++) {
        await fixture.play();
        progress(
          `round ${round} of ${rounds}, ${fixture.services} Services, ${fixture.wrong.length} wrong statuses`,
        );
      }
      report('Services before Gateways', fixture.services);
      for (const [type, count] of [...fixture.before].sort(([a], [b]) => (a < b ? -1 : 1)))
        report(`of them ${type}`, count);
      report('Services behind routes', fixture.behind);
      report('Services that the API server itself refused', fixture.refused);
      report('statuses that were not what the Service means', fixture.wrong.length, 0);
      for (const line of fixture.wrong.slice(0, 20)) progress(line);

      const atRest = await quiet(() => writes(ns));
      report('events that mean nothing', await fixture.rest(options.number('quiet') * 1000));
      report('status writes for them', (await quiet(() => writes(ns))) - atRest, 0);

      const codes = auditOfSluice(ns.cluster, skip).flatMap(({ objectRef, responseStatus }) =>
        objectRef?.subresource === 'status' && objectRef.namespace === ns.namespace
          ? [responseStatus?.code ?? 0]
          : [],
      );
      report('status writes, by the audit log', codes.length);
      // One or two for each change of the Service; a flapping status would write endlessly.
      report('status writes for each Service', codes.length / (fixture.services + fixture.behind), 2);
      // 404: already deleted; 409: another writer was first.
      report(
        'status writes refused',
        codes.filter((code) => code >= 400 && code !== 404 && code !== 409).length,
        0,
      );
      report(
        'status writes refused, as Sluice counts',
        (await writes(ns, 'result="refused"')) - refusedBefore,
        0,
      );
    } finally {
      // This cleanup must not slow down the next story.
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns.namespace } };
      await ns.kube.delete(namespace);
      await converge(async () => (await ns.kube.get(namespace)) === undefined, 120_000);
      await ns.close();
    }
  },
};

async function writes({ kube }: TestNamespace, ...labels: readonly string[]): Promise<number> {
  return await metricOfAll(kube, 'sluice_status_writes_total', ...labels);
}
