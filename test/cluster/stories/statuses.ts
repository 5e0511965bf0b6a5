import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { KubeClient } from '../../rig/kube/kube-client.ts';
import { TestNamespace } from '../test-namespace.ts';
import { helmInstall, installEnvoyCrds, leaderChanges, sluiceIsReady } from '../sluice.ts';
import { StatusAudit } from './status-audit.ts';
import { statusFaults, StatusFaults, type StatusFault } from './status-faults.ts';
import { statusObjects, type Forms } from './status-objects.ts';
import { StatusFixture, type Change, type ObjectSet, type Statuses } from './status-fixture.ts';
import type { Story } from './story.ts';

/**
 * Story 5: objects applied while the data plane restarted kept `UnsupportedProtocol`.
 * Each round changes objects while something happens to an Envoy or a replica. After a few rounds the objects become
 * one of the final sets, whose statuses must equal those of a quiet run: that set alone, created one by one.
 */
export const statuses: Story = {
  name: 'statuses',
  title: 'objects come and go while Envoy and Sluice restart, and every status ends as in a quiet run',
  options: [
    { name: 'rounds', default: '200', meaning: 'bursts of changes, each with a fault' },
    { name: 'between', default: '5', meaning: 'rounds from one comparison to the next' },
    { name: 'seed', default: '1', meaning: 'of everything that is random' },
  ],
  async run({ report, progress }, options) {
    const rounds = options.number('rounds');
    const between = options.number('between');
    const seed = options.number('seed');
    const front = await TestNamespace.open('story-statuses');
    const back = await TestNamespace.open('story-statuses-back');
    const { kube, cluster } = front;
    const faults = new StatusFaults(cluster, front.namespace);
    let objects: readonly Forms[] = [];
    try {
      await installEnvoyCrds(kube, 'EnvoyProxy', 'EnvoyExtensionPolicy');
      await helmInstall(...hurried);
      await sluiceIsReady(kube);
      objects = statusObjects(front.namespace, back.namespace, await routeKinds(kube));
      const fixture = new StatusFixture(kube, objects, front.namespace);
      const finals: { readonly set: ObjectSet; readonly quiet: Statuses }[] = [];
      for (const set of finalSets(objects)) {
        progress(`quiet run ${finals.length + 1} of ${setCount}`);
        finals.push({ set, quiet: await fixture.quietRun(set) });
      }
      const audit = new StatusAudit(cluster.folder);
      const leadersBefore = await leaderChanges(kube);
      let played = 0;
      let compared = 0;
      let different: readonly string[] = [];
      let slowestMs = 0;
      for (const round of fc.sample(anyRound(objects), { seed, numRuns: rounds })) {
        await Promise.all([
          fixture.change(round.changes),
          faults.strike(round.fault, round.pick),
          pause(round.pauseMs),
        ]);
        const final = finals[Math.floor(played / between) % setCount];
        played++;
        if ((played % between === 0 || played === rounds) && final !== undefined) {
          await fixture.change(final.set.map((form, object) => ({ object, form, isRecreated: false })));
          await faults.heal();
          const startedAt = performance.now();
          different = await fixture.becomes(final.quiet);
          compared += final.quiet.size;
          slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        }
        audit.read();
        progress(`round ${played} of ${rounds}: ${compared} statuses compared, ${audit.written} written`);
        if (different.length > 0) break;
      }
      if (different.length > 0) process.stderr.write(`\nround ${played}:\n${different.join('\n')}\n`);
      report('seed', seed);
      report('rounds', played);
      report('statuses compared with those of a quiet run', compared);
      report('statuses that stay different', different.length, 0);
      report('different statuses of a quiet run', differentOnes(finals.map(({ quiet }) => quiet)));
      report('slowest return to them, ms', slowestMs);
      for (const [fault, times] of faults.counts) report(fault, times);
      report('changes of the leader', (await leaderChanges(kube)) - leadersBefore);
      report('statuses written', audit.written);
      report('statuses that the API server refused', audit.refused, 0);
    } finally {
      await faults.heal();
      for (const [first] of objects) if (first.kind === 'GatewayClass') await kube.delete(first);
      await helmInstall();
      await sluiceIsReady(kube);
      await back.close();
      await front.close();
    }
  },
};

/** Replaces a lost leader soon, and writes a changed object at once. */
const hurried = [
  'config.provider.kubernetes.leaderElection.leaseMs=3000',
  'config.provider.kubernetes.leaderElection.renewMs=1000',
  'config.provider.kubernetes.status.objectIntervalMs=100',
];

/** Number of final sets; each costs a quiet run. */
const setCount = 5;
/** Fixed, so that the quiet runs of two stories can be compared. */
const setSeed = 1;

/** The first set has every best form; in the second, Gateways of the story's class have none. */
function finalSets(objects: readonly Forms[]): readonly ObjectSet[] {
  const good = objects.map(() => 0);
  const classless = objects.map(([first]) => (first.kind === 'GatewayClass' ? undefined : 0));
  const anySet = fc.tuple(...objects.map((forms) => anyForm(forms)));
  return [good, classless, ...fc.sample(anySet, { seed: setSeed, numRuns: setCount - 2 })];
}

function anyForm({ length }: Forms): fc.Arbitrary<number | undefined> {
  return fc.option(fc.nat(length - 1), { nil: undefined, freq: 4 });
}

interface Round {
  readonly changes: readonly Change[];
  readonly fault: StatusFault;
  readonly pick: number;
  readonly pauseMs: number;
}

function anyRound(objects: readonly Forms[]): fc.Arbitrary<Round> {
  const changes = objects.map((forms, object) =>
    fc.record({ object: fc.constant(object), form: anyForm(forms), isRecreated: fc.boolean() }),
  );
  return fc.record({
    changes: fc.uniqueArray(fc.oneof(...changes), {
      selector: ({ object }) => object,
      minLength: 3,
      maxLength: 10,
    }),
    fault: fc.oneof(
      ...statusFaults.map((fault) => ({ weight: weights[fault], arbitrary: fc.constant(fault) })),
    ),
    pick: fc.nat(1000),
    pauseMs: fc.nat(800),
  });
}

/** Rare, as a replica takes seconds to return. */
const weights: Readonly<Record<StatusFault, number>> = {
  none: 4,
  'envoy killed': 8,
  'envoy stopped': 4,
  'leader killed': 2,
  'leader stopped': 1,
  'replica killed': 2,
  'replicas restarted': 1,
};

async function routeKinds(kube: KubeClient): Promise<ReadonlySet<string>> {
  const { body } = await kube.send('GET', '/apis/gateway.networking.k8s.io/v1');
  return new Set((body as { resources: readonly { kind: string }[] }).resources.map(({ kind }) => kind));
}

function differentOnes(all: readonly Statuses[]): number {
  return new Set(all.flatMap((one) => [...one.values()].map((status) => JSON.stringify(status)))).size;
}
