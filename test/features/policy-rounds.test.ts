import { expect, test } from 'vitest';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

async function started(routes: number, policies: number): Promise<{ rounds: number; bytes: number }> {
  const pool = new CountingPool();
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      m.gateway([m.httpListener()]),
      m.service(),
      m.endpointSlice(['10.0.0.1']),
      ...Array.from({ length: routes }, (_, i) =>
        m.httpRoute([{ backendRefs: [m.backend()] }], { name: `r${i}`, hostnames: [`h${i}.test`] }),
      ),
      ...Array.from({ length: policies }, (_, i) =>
        m.extensionPolicy(
          { targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { no: 'one' } }], wasm: [] },
          { name: `p${i}` },
        ),
      ),
    ],
    { pools: { config: pool } },
  );
  const { sent, bytes } = pool.take();
  const rounds = Math.max(...sent.values());
  await pipeline.close();
  return { rounds, bytes };
}

test('policies that select routes cost a few rounds, however many routes and policies there are', async () => {
  expect((await started(100, 1)).rounds).toBeLessThanOrEqual(6);
  expect((await started(100, 20)).rounds).toBeLessThanOrEqual(6);
});

test('a policy that selects nothing sends workers the routes of its namespace a bounded number of times', async () => {
  const [one, two] = [await started(200, 1), await started(400, 1)];
  expect(two.bytes / one.bytes).toBeLessThan(2.5);
});
