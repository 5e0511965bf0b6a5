import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ResourceKey } from '../../src/lib/key.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { keyOf, Pipeline } from '../rig/pipeline/pipeline.ts';

const listener = (name: string, port: number) => m.httpListener({ name, port });
const web = m.gateway([listener('a', 80)]);
const edge = m.gateway([listener('a', 80)], { name: 'edge' });
const route = (name: string, gateway = 'web', sectionName = 'a') =>
  m.httpRoute([{ backendRefs: [m.backend()] }], { name, parentRefs: [{ name: gateway, sectionName }] });
const base = [m.gatewayClass(), web, edge, m.service(), m.endpointSlice(['10.0.0.1'])];

/** Returns the restated objects, sorted; checks that no other status has changed. */
async function restatedBy(pipeline: Pipeline, step: () => unknown): Promise<string[]> {
  const before = statuses(pipeline);
  pipeline.restated.clear();
  await step();
  await pipeline.quiet();
  const after = statuses(pipeline);
  const different = [...new Set([...before.keys(), ...after.keys()])].filter(
    (object) => before.get(object) !== after.get(object),
  );
  expect([...pipeline.restated]).toEqual(expect.arrayContaining(different));
  return [...pipeline.restated].sort();
}

function statuses({ controller }: Pipeline): Map<ResourceKey, string> {
  return new Map(
    [...controller.objects()].map((object) => [object, JSON.stringify(controller.status(object))]),
  );
}

test('a route that is attached restates itself and its Gateway, and one that only changes restates itself', async () => {
  const pipeline = await Pipeline.started(base);
  expect(await restatedBy(pipeline, () => pipeline.apply(route('r')))).toEqual([
    'Gateway/default/web',
    'HTTPRoute/default/r',
  ]);
  const broken = m.httpRoute([{ backendRefs: [m.backend('none')] }], { name: 'r' });
  expect(await restatedBy(pipeline, () => pipeline.apply(broken))).toEqual(['HTTPRoute/default/r']);
  expect(await restatedBy(pipeline, () => pipeline.apply(route('r', 'edge')))).toEqual([
    'Gateway/default/edge',
    'Gateway/default/web',
    'HTTPRoute/default/r',
  ]);
});

test('what proxies say of endpoints and routes restates nothing, and what they say of listeners their Gateway', async () => {
  const pipeline = await Pipeline.started([...base, route('r')]);
  let client: DeltaClient | undefined;
  expect(await restatedBy(pipeline, () => (client = pipeline.connect()))).toEqual(['Gateway/default/web']);
  expect(await restatedBy(pipeline, () => pipeline.apply(m.endpointSlice(['10.0.0.2'])))).toEqual([]);
  expect(client?.take().at(-1)).toBe('EDS default/app/80');
  expect(await restatedBy(pipeline, () => client?.close())).toEqual(['Gateway/default/web']);
});

test('a listener that no proxy has ACKed as it is now restates its Gateway', async () => {
  const pipeline = await Pipeline.started(base);
  const client = await pipeline.connected();
  client.hold('LDS');
  const moved = m.gateway([listener('a', 8080)]);
  expect(await restatedBy(pipeline, () => pipeline.apply(moved))).toEqual(['Gateway/default/web']);
  expect(await restatedBy(pipeline, () => client.release('LDS'))).toEqual(['Gateway/default/web']);
});

test('a proxy of a Gateway that does not exist restates nothing', async () => {
  const pipeline = await Pipeline.started(base);
  const connect = () => pipeline.connect({ gateway: '../../__proto__' }).close();
  expect(await restatedBy(pipeline, connect)).toEqual([]);
});

test('a status is unknown until it is translated, and none when the object is not ours', async () => {
  const pipeline = new Pipeline();
  const foreign = route('theirs', 'nowhere');
  pipeline.apply(...base, route('r'), foreign);
  expect(pipeline.controller.wantedStatus(keyOf(route('r')))).toEqual({ kind: 'unknown' });
  expect(pipeline.controller.wantedStatus(keyOf(foreign))).toEqual({ kind: 'unknown' });
  pipeline.controller.sourcesComplete();
  await pipeline.settle();
  expect(pipeline.controller.wantedStatus(keyOf(route('r')))).toMatchObject({ kind: 'status' });
  expect(pipeline.controller.wantedStatus(keyOf(foreign))).toEqual({ kind: 'none' });
  pipeline.delete(foreign);
  await pipeline.settle();
  expect(pipeline.controller.wantedStatus(keyOf(foreign))).toEqual({ kind: 'unknown' });
});

type Step =
  | { readonly kind: 'route'; readonly name: string; readonly gateway: string; readonly section: string }
  | { readonly kind: 'no route'; readonly name: string }
  | { readonly kind: 'listeners'; readonly listeners: readonly object[] }
  | { readonly kind: 'class' | 'no class' | 'close' | 'hold' | 'release' | 'reject' }
  | { readonly kind: 'connect'; readonly gateway: string };

const name = fc.constantFrom('r', 's');
const listeners = [
  listener('a', 80),
  listener('b', 8080),
  listener('d', 81),
  { name: 'c', port: 82, protocol: 'TCP' },
];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('route' as const),
    name,
    gateway: fc.constantFrom('web', 'edge', 'nowhere'),
    section: fc.constantFrom('a', 'b'),
  }),
  fc.record({ kind: fc.constant('no route' as const), name }),
  fc.record({
    kind: fc.constant('listeners' as const),
    listeners: fc.subarray(listeners, { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constantFrom('class', 'no class', 'close', 'hold', 'release', 'reject'),
  }),
  fc.record({
    kind: fc.constant('connect' as const),
    gateway: fc.constantFrom('default/web', 'default/edge'),
  }),
);

function take(next: Step, pipeline: Pipeline, clients: DeltaClient[]): void {
  const client = clients.at(-1);
  switch (next.kind) {
    case 'route':
      return pipeline.apply(route(next.name, next.gateway, next.section));
    case 'no route':
      return pipeline.delete(route(next.name));
    case 'listeners':
      for (const one of clients) one.forgetRejected();
      return pipeline.apply(m.gateway(next.listeners));
    case 'class':
      // Listeners that were removed and came back are new ones.
      for (const one of clients) one.forgetRejected();
      return pipeline.apply(m.gatewayClass());
    case 'no class':
      return pipeline.delete(m.gatewayClass());
    case 'connect':
      clients.push(pipeline.connect({ gateway: next.gateway, id: String(clients.length) }));
      return;
    case 'close':
      return clients.pop()?.close();
    case 'hold':
      return client?.hold('LDS');
    case 'release':
      return client?.release('LDS');
    case 'reject':
      if (client !== undefined) client.reject = (service) => (service === 'LDS' ? 'no' : undefined);
  }
}

test('whatever happens, no status becomes another without a word', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const pipeline = await Pipeline.started(base);
      const clients: DeltaClient[] = [];
      for (const next of steps) await restatedBy(pipeline, () => take(next, pipeline, clients));
      await pipeline.close();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});
