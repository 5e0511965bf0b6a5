import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateway, httpListener, httpRoute } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, send } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({
    ports: 3,
    listeners: ([one, two]) => [
      httpListener({ name: 'one', port: one }),
      httpListener({ name: 'two', port: two }),
    ],
  });
  for (const name of ['a', 'b', 'c']) await rig.backend(name);
});

afterAll(() => rig.close());

async function answer(index: number): Promise<string | number> {
  const found = await send(rig.ports[index] ?? 0, { host: 'any.test' });
  return found.status === 200 ? echo(found).backend : found.status;
}

function attached(name: string, parentRef: object): object {
  return httpRoute([toService(name)], { name, parentRefs: [{ name: 'web', ...parentRef }] });
}

test('a route is on every listener, or on the one that it names', async () => {
  rig.apply([attached('a', {})]);
  await rig.settled();
  expect([await answer(0), await answer(1)]).toEqual(['a', 'a']);
  rig.apply([attached('a', { sectionName: 'one' }), attached('b', { port: rig.ports[1] })]);
  await rig.settled();
  expect([await answer(0), await answer(1)]).toEqual(['a', 'b']);
});

test('a listener that is added opens its port, and one that goes closes it', async () => {
  const [one, two, three] = rig.ports;
  const listeners = [
    httpListener({ name: 'one', port: one }),
    httpListener({ name: 'two', port: two }),
    httpListener({ name: 'three', port: three }),
  ];
  rig.apply([gateway(listeners), attached('c', { sectionName: 'three' })]);
  await rig.settled();
  expect([await answer(0), await answer(1), await answer(2)]).toEqual(['a', 'b', 'c']);
  rig.apply([gateway(listeners.slice(0, 2))]);
  await converge(async () => {
    await expect(answer(2)).rejects.toThrow('ECONNREFUSED');
  });
  expect([await answer(0), await answer(1)]).toEqual(['a', 'b']);
});

test('listeners in another order change nothing', async () => {
  const [one, two] = rig.ports;
  const before = await rig.sent();
  rig.apply([gateway([httpListener({ name: 'two', port: two }), httpListener({ name: 'one', port: one })])]);
  await rig.settled();
  expect(await rig.sent()).toBe(before);
});

test('a listener of a protocol that is not served leaves the others alone', async () => {
  const [one, two, three] = rig.ports;
  rig.apply([
    gateway([
      httpListener({ name: 'one', port: one }),
      httpListener({ name: 'two', port: two }),
      { name: 'odd', port: three, protocol: 'UDP' },
    ]),
  ]);
  await rig.settled();
  expect([await answer(0), await answer(1)]).toEqual(['a', 'b']);
});
