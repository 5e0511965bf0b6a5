import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { send } from '../rig/envoy/http-client.ts';
import { figure } from './cluster.ts';
import { inParallel } from '../rig/load/in-parallel.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { echoPods, endpointSlice, gateway, httpRoute, service, toService } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';

interface Answers {
  /** From the time when the API server has the route to the first 200. */
  readonly firstOkMs: number;
  /** From the first request that creates an object to the API server's last answer. */
  readonly createdInMs: number;
  /** Answers before the first 200, except 404: no route yet. */
  readonly wrong: readonly string[];
}

const askEveryMs = 4;
const givenUpMs = 20_000;

let ns: TestNamespace;
let address: string;
let pods: readonly string[];

beforeAll(async () => {
  ns = await TestNamespace.open('first-answer');
  await ns.apply(gateway(), echoPods('app', 2), service('app'));
  await ns.apply(httpRoute('ready', 'ready.test', [toService('app')]));
  await ns.answers('ready.test', 200);
  address = await ns.address();
  const found = await ns.kube.list({ apiVersion: 'v1', kind: 'Pod' }, ns.namespace, 'app=app');
  pods = found.map(({ status }) => String(status?.['podIP']));
}, 120_000);
afterAll(() => ns.close(), 120_000);

test(
  'a rule whose Service exists is served at once, whatever its route lacks beside it',
  { timeout: 300_000 },
  async () => {
    const found: Answers[] = [];
    for (let i = 0; i < 1000; i++) {
      const missing = {
        matches: [{ path: { type: 'PathPrefix', value: '/missing' } }],
        ...toService('none'),
      };
      const route = httpRoute(`half-${i}`, `half-${i}.test`, [toService('app'), missing]);
      found.push(await answersOf(`half-${i}.test`, [route]));
    }
    show('a route with a rule whose Service does not exist', found);
    expect(found.flatMap(({ wrong }) => wrong)).toEqual([]);
  },
);

test(
  'a Service, its endpoints and a route, created together in any order, answer neither 500 nor 503 before the first 200',
  { timeout: 300_000 },
  async () => {
    const found: Answers[] = [];
    await inParallel(200, async (i) => {
      const objects = [
        service(`pair-${i}`, { selector: null }),
        endpointSlice(`pair-${i}`, pods),
        httpRoute(`pair-${i}`, `pair-${i}.test`, [toService(`pair-${i}`)]),
      ];
      const turned = [...objects.slice(i % 3), ...objects.slice(0, i % 3)];
      found.push(await answersOf(`pair-${i}.test`, i % 2 === 0 ? turned : turned.toReversed(), i % 10));
    });
    show('a pair of Service and route', found);
    // A rule waits namedObjectWaitMs, 1 s, for its Service: a busy API server can take longer to create the three.
    const together = found.filter(({ createdInMs }) => createdInMs < 500);
    figure(`${together.length} of them were created within 500 ms`);
    expect(together.length).toBeGreaterThan(found.length / 2);
    expect(together.flatMap(({ wrong }) => wrong)).toEqual([]);
  },
);

test('what no status can say is an Event on the object, which counts on when the mistake is made again', async () => {
  const lost = httpRoute('lost', 'lost.test', [toService('app')]);
  const startedAt = performance.now();
  await ns.apply(
    { ...lost, spec: { ...(lost['spec'] as object), parentRefs: [{ name: 'wbe' }] } },
    gateway(undefined, { gatewayClassName: 'sluce' }, 'orphan'),
    service('empty', { selector: null }),
    httpRoute('empty', 'empty.test', [toService('empty')]),
  );
  const wanted = [
    'HTTPRoute/lost NoSuchParent',
    'Gateway/orphan NoSuchGatewayClass',
    'Service/empty NoReadyEndpoints',
  ];
  await converge(async () => {
    const found = new Set((await events()).map(({ text }) => text));
    return wanted.every((text) => found.has(text));
  });
  figure(`three mistakes are Events after ${Math.round(performance.now() - startedAt)} ms`);
  expect((await events()).filter(({ text }) => text.startsWith('HTTPRoute/ready'))).toEqual([]);
  await ns.merge(lost, withParent('web'));
  await ns.answers('lost.test', 200);
  await ns.merge(lost, withParent('wbe'));
  await converge(async () => (await events()).some(({ text, count }) => text === wanted[0] && count === 2));
});

function withParent(name: string): object {
  return { spec: { parentRefs: [{ name }] } };
}

async function events(): Promise<{ readonly text: string; readonly count: number | undefined }[]> {
  const found = await ns.kube.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event' }, ns.namespace);
  return found.map((event) => {
    const { kind, name } = event['regarding'] as { readonly kind: string; readonly name: string };
    const series = event['series'] as { readonly count: number } | undefined;
    return { text: `${kind}/${name} ${String(event['reason'])}`, count: series?.count };
  });
}

/** Creates the other objects some milliseconds after the first, and sends requests all the while. */
async function answersOf(host: string, objects: readonly Manifest[], gapMs = 0): Promise<Answers> {
  const wrong: string[] = [];
  const startedAt = performance.now();
  let createdAt = Infinity;
  const create = async (): Promise<void> => {
    await Promise.all(
      objects.map(async (object, i) => {
        if (i > 0 && gapMs > 0) await pause(gapMs);
        await ns.create(object);
      }),
    );
    createdAt = performance.now();
  };
  const created = create();
  for (const end = performance.now() + givenUpMs; performance.now() < end; await pause(askEveryMs)) {
    const { status } = await send(80, { address, host });
    if (status === 200) {
      const firstOkMs = Math.max(0, performance.now() - createdAt);
      await created;
      return { firstOkMs, createdInMs: createdAt - startedAt, wrong };
    }
    if (status !== 404)
      wrong.push(`${host}: ${status} after ${Math.round(performance.now() - startedAt)} ms`);
  }
  throw new Error(`${host}: no 200 within ${givenUpMs} ms; ${wrong.join()}`);
}

function show(label: string, found: readonly Answers[]): void {
  const times = found.map(({ firstOkMs }) => firstOkMs).sort((a, b) => a - b);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
  figure(
    `${label}, ${times.length} times: created to first 200: mean ${mean.toFixed(1)} ms, p99 ${p99.toFixed(0)} ms`,
  );
}
