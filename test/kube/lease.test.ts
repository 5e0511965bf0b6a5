import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ApiServer } from '../../src/kube/api-server.ts';
import { openCluster } from '../../src/kube/cluster-access.ts';
import { LeaderElection } from '../../src/kube/leader-election.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { FakeKubeApi } from '../rig/kube/kube-api.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { Bed, bedIsMissing } from './bed.ts';

const missing = bedIsMissing();
const lease = resourceKey('Lease', 'default', 'sluice');
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  ends = [];
}, 60_000);

test('over HTTP, one is elected, and another one when it ends', async () => {
  const fake = new FakeKubeApi();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lease-'));
  ends.push(async () => rmSync(folder, { recursive: true }));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, fake.kubeconfig(await fake.start()));
  ends.push(() => fake.stop());
  await succession(kubeconfig, async () => fake.store.get(lease));
});

test.skipIf(missing !== undefined)(
  `a real API server takes every write of an election${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 120_000 },
  async () => {
    const bed = await Bed.up();
    ends.push(() => bed.down());
    await succession(bed.kubeconfig, () => bed.request('GET', `${leases}/sluice`));

    // A leader whose connection is cut stops leading, and then another one starts.
    const cutOff = await candidate(bed.kubeconfig, 'cut-off');
    await cutOff.elected;
    const heir = await candidate(bed.kubeconfig, 'heir');
    await cutOff.api.close();
    await cutOff.lost;
    expect(heir.election.isLeader()).toBe(false);
    await heir.elected;
    expect(cutOff.election.isLeader()).toBe(false);
  },
);

async function succession(kubeconfig: string, read: () => Promise<unknown>): Promise<void> {
  const first = await candidate(kubeconfig, 'first');
  await first.elected;
  expect(await read()).toMatchObject({ spec: { holderIdentity: 'first', leaseTransitions: 0 } });
  const second = await candidate(kubeconfig, 'second');
  await first.election.close();
  await second.elected;
  expect(await read()).toMatchObject({ spec: { holderIdentity: 'second', leaseTransitions: 1 } });
  await second.election.close();
  expect(await read()).toMatchObject({ spec: { holderIdentity: '', leaseDurationSeconds: 1 } });
  for (const { log } of [first, second])
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
}

async function candidate(kubeconfig: string, identity: string) {
  const api = new ApiServer(await openCluster({ kubeconfig }));
  ends.push(() => api.close());
  const log = new SilentLog();
  const elected = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  const election = new LeaderElection(
    api,
    { namespace: 'default', lease: 'sluice', identity, leaseMs: 3000, renewMs: 500 },
    { clock: systemClock, log, onElected: elected.resolve, onLost: lost.resolve },
  );
  ends.push(() => election.close());
  election.start();
  return { api, log, election, elected: elected.promise, lost: lost.promise };
}
