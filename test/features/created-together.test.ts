import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { ScheduledPool } from '../rig/pipeline/scheduled-pool.ts';
import { xdsJson } from '../rig/xds/xds-json.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

const pairs = Array.from({ length: 6 }, (_, i) => `pair-${i}`);
const waitMs = 1000;
const table = 'default/web/80:*';
const base = [m.gatewayClass(), m.gateway([m.httpListener()])];

/** Objects of each pair: those of an operator, and those that the cluster makes of them. */
const objects = pairs.flatMap((name) => [
  m.service(name),
  m.endpointSlice(['10.0.0.1'], { name: `${name}-1`, service: name }),
  routeOf(name, m.backend(name)),
]);

type Step = 'object' | 'answer' | 'turn' | 'millisecond';

interface Run {
  /** Indexes of `objects`. */
  readonly order: readonly number[];
  readonly steps: readonly Step[];
  readonly pick: number;
  readonly parallel: number;
}

const anyRun: fc.Arbitrary<Run> = fc.record({
  /** Watches of different kinds are not ordered. */
  order: fc.shuffledSubarray([...objects.keys()], { minLength: objects.length }),
  steps: fc.array(fc.constantFrom<Step>('object', 'object', 'answer', 'turn', 'turn', 'millisecond'), {
    maxLength: 60,
  }),
  pick: fc.nat(3),
  parallel: fc.constantFrom(1, 3),
});

test('pairs of a Service and a route that are created together never answer 500 or 503, whichever is seen first', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async (run) => {
      const { answers, forwarded } = await played(run);
      expect(answers).toEqual([]);
      expect(forwarded).toEqual(pairs.map((name) => `${name}.test`));
    }),
    { numRuns: 200 },
  );
});

test('a Service whose endpoints come a little later never answers 503', async () => {
  const pipeline = await Pipeline.started(base, { namedObjectWaitMs: waitMs });
  const client = await pipeline.connected();
  pipeline.apply(m.service('late'), routeOf('late', m.backend('late')));
  await pipeline.advance(10);
  expect(wrongAnswersOf(client)).toEqual([]);
  pipeline.apply(m.endpointSlice(['10.0.0.1'], { name: 'late-1', service: 'late' }));
  await pipeline.settle();
  expect(hostsOf(client.routes(table)).map(({ domain }) => domain)).toContain('late.test');
});

test('a Service that has no endpoint within the wait answers 503', async () => {
  const pipeline = await Pipeline.started(base, { namedObjectWaitMs: waitMs });
  const client = await pipeline.connected();
  pipeline.apply(m.service('idle'), routeOf('idle', m.backend('idle')));
  await pipeline.advance(waitMs);
  expect(wrongAnswersOf(client)).toEqual(['idle.test 503']);
  pipeline.apply(m.endpointSlice(['10.0.0.1'], { name: 'idle-1', service: 'idle' }));
  await pipeline.settle();
  expect(wrongAnswersOf(client)).toEqual([]);
});

test('a rule whose Service is missing costs the other rules of its route no time', async () => {
  const pipeline = await Pipeline.started([...base, m.service(), m.endpointSlice(['10.0.0.1'])], {
    namedObjectWaitMs: waitMs,
  });
  const client = await pipeline.connected();
  pipeline.apply(
    m.httpRoute([ruleTo('/', 'app'), ruleTo('/missing', 'missing')], { hostnames: ['app.test'] }),
  );
  await pipeline.quiet();
  const host = hostsOf(client.routes(table)).find(({ domain }) => domain === 'app.test');
  expect(host?.routes.map(({ route }) => route?.cluster)).toEqual(['default/app/80/http1']);
  await pipeline.advance(waitMs);
  expect(wrongAnswersOf(client)).toEqual(['app.test 500']);
});

/** Returns every answer that a proxy ever had to give itself, and the hosts that it forwards at the end. */
async function played({ order, steps, pick, parallel }: Run) {
  const pool = new ScheduledPool();
  const pipeline = new Pipeline({
    pools: { endpoints: pool, config: pool },
    lanes: { parallel, batchSize: 4 },
    namedObjectWaitMs: waitMs,
  });
  pipeline.apply(...base);
  pipeline.controller.sourcesComplete();
  const client = pipeline.connect();
  await finish(pipeline, pool);
  const answers: string[] = [];
  client.reject = (service, _, bytes) => {
    if (service === 'VHDS')
      answers.push(
        ...wrongAnswers([hostOf(xdsJson(urlOf('VHDS'), bytes))], (cluster) => hasEndpoints(client, cluster)),
      );
    return undefined;
  };
  const left = [...order];
  const apply = (): void => {
    const next = left.shift();
    if (next !== undefined) pipeline.apply(must(objects[next], 'object'));
  };
  for (const step of steps) {
    if (step === 'object') apply();
    if (step === 'answer') pool.answer(pick);
    if (step === 'turn') await turn();
    if (step === 'millisecond') await pipeline.pass(1);
  }
  while (left.length > 0) apply();
  await finish(pipeline, pool);
  await pipeline.settle();
  const hosts = hostsOf(client.routes(table));
  await pipeline.close();
  const forwarded = hosts.filter(({ routes }) => routes.some((route) => route.route !== undefined));
  return { answers, forwarded: forwarded.map(({ domain }) => domain).sort() };
}

function wrongAnswersOf(client: DeltaClient): string[] {
  return wrongAnswers(hostsOf(client.routes(table)), (cluster) => hasEndpoints(client, cluster));
}

async function finish(pipeline: Pipeline, pool: ScheduledPool): Promise<void> {
  for (let still = 0; still < 6; still++) {
    await turn();
    if (pool.waiting > 0 || pipeline.controller.backlog > 0) still = 0;
    while (pool.waiting > 0) pool.answer(0);
  }
}

interface Host {
  readonly domain: string;
  readonly routes: readonly {
    readonly route?: { readonly cluster?: string };
    readonly directResponse?: { readonly status: number };
  }[];
}

function hostsOf(config: object): Host[] {
  const { virtualHosts = [] } = config as { virtualHosts?: object[] };
  return virtualHosts.map(hostOf);
}

function hostOf(host: object): Host {
  const { domains, routes = [] } = host as { domains: string[]; routes?: Host['routes'] };
  return { domain: domains[0] ?? '', routes };
}

/** `host status` of each route that a proxy answers itself, by its config or for want of an endpoint. */
function wrongAnswers(hosts: readonly Host[], canServe: (cluster: string) => boolean): string[] {
  return hosts.flatMap(({ domain, routes }) =>
    routes.flatMap(({ route, directResponse }) => {
      if (directResponse !== undefined) return [`${domain} ${directResponse.status}`];
      return route?.cluster !== undefined && canServe(route.cluster) ? [] : [`${domain} 503`];
    }),
  );
}

function hasEndpoints(client: DeltaClient, cluster: string): boolean {
  if (!client.held('CDS').has(cluster)) return false;
  const { edsClusterConfig } = client.json('CDS', cluster) as {
    readonly edsClusterConfig?: { readonly serviceName?: string };
  };
  const name = edsClusterConfig?.serviceName ?? cluster;
  if (!client.held('EDS').has(name)) return false;
  const { endpoints = [] } = client.json('EDS', name) as { readonly endpoints?: readonly object[] };
  return endpoints.length > 0;
}

function ruleTo(path: string, backend: string): object {
  return { matches: [m.prefix(path)], backendRefs: [m.backend(backend)] };
}

function routeOf(name: string, backend: object): object {
  return m.httpRoute([{ backendRefs: [backend] }], { name, hostnames: [`${name}.test`] });
}
