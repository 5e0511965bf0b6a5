import { quantiles } from '../../../test/rig/load/quantiles.ts';
import * as objects from '../cluster/objects.ts';
import { eachAlone, editRoute } from '../edits.ts';
import { Proxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { withShards } from './with-shards.ts';

const figures: Scenario['figures'] = {
  p50: { title: 'API server’s answer to the wire, p50', unit: 'ms' },
  p99: { title: 'the same, p99', unit: 'ms' },
  cpu: { title: 'CPU for each change, all threads', unit: 'ms' },
  bytes: { title: 'sent for each change to each proxy', unit: 'kB' },
  envoyP50: { title: 'API server’s answer to the first changed answer of Envoy, p50', unit: 'ms' },
  envoyCpu: { title: 'CPU of Envoy’s main thread for each change', unit: 'ms' },
};

export const route: Scenario = {
  name: 'route',
  question: 'the change of one route, where each has a host of its own',
  figures,
  goals: [
    { title: 'route change: bytes on the wire, kB', of: { kind: 'most', figure: 'bytes', value: 2 } },
    { title: 'growth exponent of these bytes', of: { kind: 'growth', figure: 'bytes', value: 0.01 } },
    {
      title: 'these bytes, Envoy Gateway / Sluice',
      of: { kind: 'ratio', figure: 'bytes', peer: 'envoy-gateway', least: 500, routes: 3000 },
    },
    { title: 'route change: CPU, one proxy and the tap', of: { kind: 'most', figure: 'cpu', value: 4 } },
    { title: 'growth exponent of this CPU', of: { kind: 'growth', figure: 'cpu', value: 0.05 } },
    {
      title: 'CPU of Envoy’s main thread, Envoy Gateway (RDS) / Sluice (VHDS)',
      of: { kind: 'ratio', figure: 'envoyCpu', peer: 'envoy-gateway', least: 1.67, routes: 3000 },
    },
  ],
  objects: 'each',
  process: 'shared',
  run: (stage) => changeRoutes(stage, 'each'),
};

export const routeShards: Scenario = {
  name: 'route-shards',
  question: 'the same, where the Gateway has its tables in shards',
  figures,
  goals: [
    {
      title: 'route change to Envoy’s answer, p50',
      of: { kind: 'most', figure: 'envoyP50', value: 8, routes: 10_000 },
    },
    {
      title: 'route change: CPU of Envoy’s main thread',
      of: { kind: 'most', figure: 'envoyCpu', value: 2, routes: 10_000 },
    },
  ],
  objects: 'each',
  process: 'shared',
  isOwn: true,
  run: (stage) => withShards(stage, (sharded) => changeRoutes(sharded, 'each')),
};

export const routeOneHost: Scenario = {
  name: 'route-one-host',
  question: 'the change of one route, where all share one host',
  figures,
  goals: [],
  objects: 'one',
  process: 'shared',
  run: (stage) => changeRoutes(stage, 'one'),
};

async function changeRoutes(stage: Stage, hosts: objects.Hosts): Promise<void> {
  const { controlPlane, options, routes } = stage;
  const proxy = await Proxy.start(controlPlane);
  try {
    await proxy.serves(routes - 1, hosts);
    const { tap, arrivals } = await controlPlane.watched();
    const atProxy: number[] = [];
    let [cpu, envoyCpu, bytes] = [0, 0, 0];
    const latencies = await eachAlone(stage, () => editRoute(stage, arrivals, hosts), {
      begin: () => ([cpu, envoyCpu, bytes] = [controlPlane.cpuMs, proxy.cpuMs, tap.bytes]),
      each: async ({ i, revision, answeredAt }) => {
        atProxy.push((await proxy.revision(i, hosts, objects.revisionOf(revision))) - answeredAt);
      },
    });
    stage.report('cpu', (controlPlane.cpuMs - cpu) / options.events);
    stage.report('bytes', (tap.bytes - bytes) / options.events / 1000);
    stage.report('envoyCpu', (proxy.cpuMs - envoyCpu) / options.events);
    stage.report('envoyP50', quantiles(atProxy).p50);
    const { p50, p99 } = quantiles(latencies);
    stage.report('p50', p50);
    stage.report('p99', p99);
    stage.reportSeries('latencies', latencies);
    tap.close();
  } finally {
    await proxy.stop();
  }
}
