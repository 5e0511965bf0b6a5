import { setTimeout as pause } from 'node:timers/promises';
import { comes } from '../../rig/kube/faults/comes.ts';
import { FaultFixture, type Admin } from '../../rig/kube/faults/fault-fixture.ts';
import { FaultedSluice } from '../../rig/kube/faults/faulted-sluice.ts';
import type { FaultyApi } from '../../rig/kube/faults/faulty-api.ts';
import { judged } from '../../rig/kube/faults/judge.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import type { Cluster } from '../cluster.ts';
import type { KubeClient } from '../../rig/kube/kube-client.ts';

/** An etcd election, and some more. */
const outageMs = 15_000;
const relistEveryMs = 1000;

/** Ends etcd under two Sluices, one of which reads lists in pages. Their watches end with 410 meanwhile. */
export async function playEtcdOutage(
  cluster: Cluster,
  api: FaultyApi,
  { report, progress }: SoakPorts,
): Promise<void> {
  const fixture = await FaultFixture.create('faults-etcd', 'HTTPRoute', adminOf(cluster.kube));
  const sluices = [true, false].map((streams) => {
    const clientApi = api.clientApi({ kind: fixture.kind, streams, selector: fixture.selector, hangMs: 0 });
    return new FaultedSluice(api.origin, clientApi, fixture);
  });
  const areThere = async (): Promise<boolean> =>
    await comes(() => sluices.every((sluice) => sluice.isCurrent));
  try {
    await fixture.advance();
    for (const sluice of sluices) sluice.start();
    if (!(await areThere())) throw new Error('Sluice was not there before the outage');
    const before = [fixture.now];
    for (const sluice of sluices) {
      sluice.received = [];
      sluice.isDuringFault = () => true;
    }
    const unanswered = (): number =>
      sluices.reduce((sum, { clientApi: { forwarded } }) => sum + forwarded.sent - forwarded.answered, 0);
    const unansweredBefore = unanswered();
    let unansweredThen = 0;
    await cluster.withoutEtcd(async () => {
      const end = performance.now() + outageMs;
      while (performance.now() < end) {
        for (const { clientApi } of sluices) clientApi.expire();
        await pause(relistEveryMs);
        unansweredThen = unanswered() - unansweredBefore;
        progress(`etcd is away; ${unansweredThen} requests without an answer`);
      }
    });
    const backAt = performance.now();
    for (const sluice of sluices) sluice.isDuringFault = () => false;
    const after = await fixture.advance();
    const areBack = await areThere();
    const ms = performance.now() - backAt;
    const wrong = sluices.flatMap((sluice) => [
      ...judged(sluice, before, [...before, ...after]),
      ...sluice.client.violations,
    ]);
    for (const line of wrong) process.stdout.write(`\netcd: ${line}\n`);
    report('etcd away: requests that got no answer, or an error', unansweredThen);
    report('etcd away: what was published but last good or new', wrong.length, 0);
    report('etcd back: ms until what is changed then is published', ms);
    report('etcd back: Sluices that did not converge', areBack ? 0 : 1, 0);
  } finally {
    await Promise.all(sluices.map((sluice) => sluice.close()));
    await fixture.close();
  }
}

export function adminOf(kube: KubeClient): Admin {
  return {
    async put(object) {
      const [stored] = await kube.apply(object);
      if (stored === undefined) throw new Error(`${object.kind} ${object.metadata.name} was not applied`);
      return stored;
    },
    delete: (object) => kube.delete(object),
  };
}
