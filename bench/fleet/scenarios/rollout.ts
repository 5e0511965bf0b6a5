import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenLoop } from '../../../test/rig/load/open-loop.ts';
import * as objects from '../cluster/objects.ts';
import { installPolicyCrd, policyOf } from '../cluster/plugin-policy.ts';
import { Proxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const figures: Scenario['figures'] = {
  failed: { title: 'requests that failed', unit: 'count' },
  sent: { title: 'requests', unit: 'count' },
  replaced: { title: 'time in which all endpoints were replaced', unit: 's' },
};

/** Endpoints of a Service are replaced under requests; a replaced one stops a second later, as an ended pod does. */
export const rollout: Scenario = {
  name: 'rollout',
  question: '100 endpoints are replaced one by one under 300 requests a second',
  figures,
  goals: [{ title: 'rollout: failed requests', of: { kind: 'most', figure: 'failed', value: 0 } }],
  objects: 'each',
  process: 'own',
  run: (stage) => rollOut(stage, false),
};

export const rolloutHung: Scenario = {
  name: 'rollout-hung',
  question: 'the same, while another route has a plugin whose registry takes connections and never answers',
  figures,
  goals: [
    { title: 'rollout, registry hung: failed requests', of: { kind: 'most', figure: 'failed', value: 0 } },
  ],
  objects: 'each',
  process: 'own',
  run: (stage) => rollOut(stage, true),
};

async function rollOut(stage: Stage, isHung: boolean): Promise<void> {
  const { kube, contents, options } = stage;
  const registry = await hungRegistry();
  const { policy, settings } = policyOf(registry.port);
  if (isHung) await installPolicyCrd(kube);
  const addresses = Array.from({ length: replaced }, () => objects.markerAddress(contents.nextRevision()));
  await kube.apply(objects.sliceOf(0, addresses));
  const controlPlane = await stage.start(settings);
  const proxy = await Proxy.start(controlPlane);
  try {
    await proxy.serves(0, 'each');
    await controlPlane.settled();
    const load = new OpenLoop({
      port: proxy.port,
      host: objects.hostOf(0, 'each'),
      perSecond: 300,
      maxRequests: Number.POSITIVE_INFINITY,
    });
    await sleep(1000);
    if (isHung) await kube.apply(policy);
    await sleep(isHung ? 1000 : 0);
    const startedAt = performance.now();
    const pauseMs = (options.seconds * 1000) / replaced;
    for (const [j, before] of addresses.entries()) {
      addresses[j] = objects.markerAddress(contents.nextRevision());
      const slice = objects.sliceOf(0, addresses);
      await kube.merge(slice, { endpoints: slice['endpoints'] });
      setTimeout(() => proxy.endpointEnds(before), lingerMs);
      stage.progress(
        `${j + 1} of ${replaced} endpoints replaced, ${load.failures} of ${load.sent} requests failed`,
      );
      await sleep(pauseMs);
    }
    stage.report('replaced', (performance.now() - startedAt) / 1000);
    await sleep(2 * lingerMs);
    const { sent, counts } = await load.stop();
    const kinds = [...counts].filter(([kind]) => kind !== '200');
    if (kinds.length > 0)
      stage.note(`failed: ${kinds.map(([kind, count]) => `${kind}: ${count}`).join(', ')}`);
    stage.report('failed', sent - (counts.get('200') ?? 0));
    stage.report('sent', sent);
  } finally {
    await proxy.stop();
    await controlPlane.stop();
    if (isHung) await kube.delete(policy);
    await kube.apply(objects.slice(0, options.endpoints, 0));
    registry.close();
  }
}

const replaced = 100;
const lingerMs = 1000;

interface Registry {
  readonly port: number;
  close(): void;
}

async function hungRegistry(): Promise<Registry> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no port');
  return {
    port: address.port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
