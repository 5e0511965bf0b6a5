import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../../../test/rig/load/quantiles.ts';
import type { Manifest } from '../../../test/rig/kube/kube-client.ts';
import * as objects from '../cluster/objects.ts';
import { Proxy } from '../proxy.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { withShards } from './with-shards.ts';

const figures: Scenario['figures'] = {
  mean: { title: 'apply to the first 200, mean', unit: 'ms' },
  p50: { title: 'p50', unit: 'ms' },
  max: { title: 'max', unit: 'ms' },
  other: { title: 'answers besides 404 and 200', unit: 'count' },
  cpu: { title: 'CPU for each route, all threads', unit: 'ms' },
};

const goals: Scenario['goals'] = [
  { title: 'route probe: mean', of: { kind: 'most', figure: 'mean', value: 10 } },
  { title: 'route probe: max', of: { kind: 'most', figure: 'max', value: 50 } },
  { title: 'route probe: other answers', of: { kind: 'most', figure: 'other', value: 0 } },
];

/**
 * Route probe of https://github.com/howardjohn/gateway-api-bench: a new route has two rules, one of them with a backend
 * that does not exist, and leads to a Service that others use. Asked each millisecond, instead of each five.
 */
export const probe: Scenario = {
  name: 'probe',
  question: 'a new route is applied; when does a real Envoy answer 200?',
  figures,
  goals,
  objects: 'each',
  process: 'shared',
  run: probeRoutes,
};

export const probeShards: Scenario = {
  name: 'probe-shards',
  question: 'the same, where the Gateway has its tables in shards',
  figures,
  goals: goals.map(({ title, of }) => ({ title: `${title}, in shards`, of })),
  objects: 'each',
  process: 'shared',
  isOwn: true,
  run: (stage) => withShards(stage, probeRoutes),
};

async function probeRoutes(stage: Stage): Promise<void> {
  const { kube, controlPlane, options, routes } = stage;
  const proxy = await Proxy.start(controlPlane);
  const latencies: number[] = [];
  let other = 0;
  try {
    await proxy.serves(routes - 1, 'each');
    await controlPlane.settled();
    const cpu = controlPlane.cpuMs;
    for (let n = 0; n < options.probes; n++) {
      const i = routes + n;
      const startedAt = performance.now();
      const end = startedAt + patienceMs;
      const applied = kube.apply(probed(i));
      for (;;) {
        const { status } = await proxy.ask(i, 'each');
        if (status === 200) break;
        if (status !== 404) other++;
        if (performance.now() > end) throw new Error(`the new route ${i} is not served: ${status}`);
        await sleep(1);
      }
      latencies.push(performance.now() - startedAt);
      await applied;
      stage.progress(`${n + 1} of ${options.probes} new routes, the last ${latencies.at(-1)?.toFixed(1)} ms`);
    }
    stage.report('cpu', (controlPlane.cpuMs - cpu) / options.probes);
  } finally {
    await proxy.stop();
    for (let n = 0; n < options.probes; n++) await kube.delete(objects.route(routes + n, 0));
  }
  stage.report('mean', latencies.reduce((sum, value) => sum + value, 0) / latencies.length);
  const { p50, max } = quantiles(latencies);
  stage.report('p50', p50);
  stage.report('max', max);
  stage.report('other', other);
  stage.reportSeries('latencies', latencies);
}

function probed(i: number): Manifest {
  const header = [{ name: 'x-probe', value: String(i) }];
  return {
    ...objects.route(i, 0),
    spec: {
      parentRefs: [{ name: objects.gatewayName.name }],
      hostnames: [objects.hostOf(i, 'each')],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/missing' } }],
          backendRefs: [{ name: 'missing', port: 80 }],
        },
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          filters: [
            { type: 'RequestHeaderModifier', requestHeaderModifier: { set: header } },
            { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: header } },
          ],
          backendRefs: [{ name: 'service-0', port: 80 }],
        },
      ],
    },
  };
}

const patienceMs = 30_000;
