import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateway, httpListener, httpRoute, listenerSet } from '../rig/objects/manifests.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b']) await rig.backend(name);
});

afterAll(() => rig.close());

const set = (name: string, hostname: string): object =>
  listenerSet([httpListener({ hostname, port: rig.port })], { name });
const route = (name: string, parent: object): object =>
  httpRoute([toService(name)], { name, parentRefs: [parent] });

test('requests go to the routes of the ListenerSet that has the hostname, and to no others', async () => {
  rig.apply([
    gateway([httpListener({ port: rig.port, hostname: 'gateway.test' })], {
      allowedListeners: { namespaces: { from: 'Same' } },
    }),
    set('one', 'one.test'),
    set('two', '*.two.test'),
    route('a', { kind: 'ListenerSet', name: 'one' }),
    route('b', { kind: 'ListenerSet', name: 'two' }),
  ]);
  await rig.settled();
  const hosts = ['one.test', 'x.two.test', 'gateway.test', 'other.test'];
  expect(
    await rig.answers(
      '',
      hosts.map((host) => ({ host })),
    ),
  ).toEqual(['a', 'b', 404, 404]);
});

test('a ListenerSet that goes takes its hostname along, and one that comes brings its own', async () => {
  rig.apply([set('two', 'three.test')]);
  await rig.settled();
  const hosts = ['one.test', 'x.two.test', 'three.test'];
  expect(
    await rig.answers(
      '',
      hosts.map((host) => ({ host })),
    ),
  ).toEqual(['a', 404, 'b']);
});
