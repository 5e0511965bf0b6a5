import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../../../test/rig/load/quantiles.ts';
import * as objects from '../cluster/objects.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { Clients } from '../traffic/clients.ts';

export const proxies: Scenario = {
  name: 'proxies',
  question: 'many delta clients over mutual TLS; one route changes at all of them',
  figures: {
    cpuOfTenth: { title: 'CPU for a change at a tenth of the clients', unit: 'ms' },
    cpu: { title: 'CPU for a change at all clients', unit: 'ms' },
    p50: { title: 'API server’s answer to the last client, p50', unit: 'ms' },
    p99: { title: 'API server’s answer to each client, p99', unit: 'ms' },
    sent: { title: 'sent for a change, to all together', unit: 'kB' },
    each: { title: 'resident memory for each further client', unit: 'KiB' },
    clients: { title: 'clients', unit: 'count' },
  },
  goals: [
    { title: 'a change at 100 proxies: CPU', of: { kind: 'most', figure: 'cpuOfTenth', value: 15 } },
    { title: 'a change at 1,000 proxies: p99', of: { kind: 'most', figure: 'p99', value: 500 } },
    { title: 'a change at 1,000 proxies: sent, kB', of: { kind: 'most', figure: 'sent', value: 3000 } },
    { title: 'each further proxy, resident KiB', of: { kind: 'most', figure: 'each', value: 100 } },
  ],
  objects: 'each',
  process: 'own',
  async run(stage) {
    const { options } = stage;
    const controlPlane = await stage.start();
    const clients = new Clients();
    try {
      await controlPlane.settled();
      const tap = await controlPlane.peer.tap(objects.gatewayName);
      const few = Math.max(2, Math.round(options.proxies / 10));
      stage.progress(`${few} clients`);
      await clients.open(tap, few);
      await controlPlane.settled();
      const ofFew = await changes(stage, controlPlane, clients);
      stage.report('cpuOfTenth', ofFew.cpu);
      const before = controlPlane.memory.residentMiB;
      stage.progress(`${options.proxies} clients`);
      await clients.open(tap, options.proxies - few);
      await controlPlane.settled();
      const more = controlPlane.memory.residentMiB - before;
      stage.report('each', (more * 1024) / (options.proxies - few));
      const ofAll = await changes(stage, controlPlane, clients);
      for (const figure of ['cpu', 'p50', 'p99', 'sent'] as const) stage.report(figure, ofAll[figure]);
      stage.report('clients', options.proxies);
    } finally {
      await clients.close();
      await controlPlane.stop();
    }
  },
};

async function changes(stage: Stage, controlPlane: ControlPlane, clients: Clients) {
  const { kube, contents, routes, options } = stage;
  const each: number[] = [];
  const last: number[] = [];
  const count = Math.max(3, Math.round(options.events / 5));
  let [cpu, bytes] = [0, 0];
  for (let n = -warmUp; n < count; n++) {
    if (n === 0) [cpu, bytes] = [controlPlane.cpuMs, 0];
    const revision = contents.nextRevision();
    const route = objects.route(revision % routes, revision);
    const arrived = clients.expect(objects.revisionOf(revision));
    await kube.merge(route, { spec: route['spec'] });
    const answeredAt = performance.timeOrigin + performance.now();
    const { at, bytes: sent } = await arrived;
    bytes += sent;
    await sleep(pauseMs);
    if (n < 0) continue;
    const latencies = at.map((time) => Math.max(0, time - answeredAt));
    each.push(...latencies);
    last.push(Math.max(...latencies));
    stage.progress(
      `${n + 1} of ${count} changes at ${at.length} clients, the last ${last.at(-1)?.toFixed(0)} ms`,
    );
  }
  return {
    cpu: (controlPlane.cpuMs - cpu) / count,
    p50: quantiles(last).p50,
    p99: quantiles(each).p99,
    sent: bytes / count / 1000,
  };
}

const warmUp = 3;
const pauseMs = 50;
