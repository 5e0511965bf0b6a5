import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Leader } from '../../src/run/leader.ts';
import { kubernetesProvider } from '../../src/config/kubernetes-provider.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { openCluster } from '../../src/kube/cluster-access.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { FakeKubeApi } from '../rig/kube/kube-api.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

test('a leader that was stopped for long writes nothing when it goes on, be it told of its loss or not', async () => {
  const fake = new FakeKubeApi();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-leader-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, fake.kubeconfig(await fake.start()));
  const api = new ApiServer(await openCluster({ kubeconfig }));
  const metrics = createMetrics();
  const manual = new ManualClock();
  // Passes without a timer, as for a stopped process.
  let stoppedMs = 0;
  const clock: Clock = {
    now: () => manual.now() + stoppedMs,
    wallMs: () => manual.wallMs(),
    after: (delayMs, task) => manual.after(delayMs, task),
  };
  const gateway = resourceKey('Gateway', 'default', 'web');
  const written: unknown[] = [];
  let reason = 'Pending';
  const leader = new Leader(
    { api, namespace: 'sluice-system', options: kubernetesProvider.parse({}) },
    { name: 'replica', pod: undefined },
    undefined,
    {
      log: new SilentLog(),
      clock,
      metrics,
      onProxyProblem: () => {},
      notices: () => [],
      eventObject: () => undefined,
      controllerName: () => 'sluice.dev/gateway-controller',
      wanted: () => ({
        kind: 'status',
        text: JSON.stringify({ conditions: [{ type: 'Accepted', reason }] }),
      }),
      write: async (_, patch) => {
        written.push(patch);
        const status = JSON.stringify({ conditions: [{ type: 'Accepted', reason }] });
        return { kind: 'written', observed: { resourceVersion: '2', generation: 1, status } };
      },
    },
  );
  leader.start();
  while ((await metrics.leader.get()).values[0]?.value !== 1) await nextTurn();
  leader.statusObserved(gateway, { resourceVersion: '1', generation: 1, status: undefined });
  await manual.advanceBy(100);
  expect(written).toHaveLength(1);

  stoppedMs = 60_000;
  reason = 'Accepted';
  leader.statusChanged(gateway);
  await manual.advanceBy(2000);
  expect(written).toHaveLength(1);

  await leader.close();
  await api.close();
  await fake.stop();
  metrics.close();
  rmSync(folder, { recursive: true });
});
