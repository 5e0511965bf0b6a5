import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateway, httpListener, httpRoute } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { Bed, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, send } from '../rig/envoy/http-client.ts';

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.start({
    ports: 3,
    listeners: ([one, two]) => [
      httpListener({ name: 'one', port: one }),
      httpListener({ name: 'two', port: two }),
    ],
  });
  for (const name of ['a', 'b', 'c']) await bed.backend(name);
});

afterAll(() => bed.close());

async function answer(index: number): Promise<string | number> {
  const found = await send(bed.ports[index] ?? 0, { host: 'any.test' });
  return found.status === 200 ? echo(found).backend : found.status;
}

function attached(name: string, parentRef: object): object {
  return httpRoute([toService(name)], { name, parentRefs: [{ name: 'web', ...parentRef }] });
}

test('a route is on every listener, or on the one that it names', async () => {
  bed.apply([attached('a', {})]);
  await bed.settled();
  expect([await answer(0), await answer(1)]).toEqual(['a', 'a']);
  bed.apply([attached('a', { sectionName: 'one' }), attached('b', { port: bed.ports[1] })]);
  await bed.settled();
  expect([await answer(0), await answer(1)]).toEqual(['a', 'b']);
});

test('a listener that is added opens its port, and one that goes closes it', async () => {
  const [one, two, three] = bed.ports;
  const listeners = [
    httpListener({ name: 'one', port: one }),
    httpListener({ name: 'two', port: two }),
    httpListener({ name: 'three', port: three }),
  ];
  bed.apply([gateway(listeners), attached('c', { sectionName: 'three' })]);
  await bed.settled();
  expect([await answer(0), await answer(1), await answer(2)]).toEqual(['a', 'b', 'c']);
  bed.apply([gateway(listeners.slice(0, 2))]);
  await converge(async () => {
    await expect(answer(2)).rejects.toThrow('ECONNREFUSED');
  });
  expect([await answer(0), await answer(1)]).toEqual(['a', 'b']);
});

test('listeners in another order change nothing', async () => {
  const [one, two] = bed.ports;
  const before = await bed.sent();
  bed.apply([gateway([httpListener({ name: 'two', port: two }), httpListener({ name: 'one', port: one })])]);
  await bed.settled();
  expect(await bed.sent()).toBe(before);
});

test('a listener of a protocol that is not served leaves the others alone', async () => {
  const [one, two, three] = bed.ports;
  bed.apply([
    gateway([
      httpListener({ name: 'one', port: one }),
      httpListener({ name: 'two', port: two }),
      { name: 'odd', port: three, protocol: 'UDP' },
    ]),
  ]);
  await bed.settled();
  expect([await answer(0), await answer(1)]).toEqual(['a', 'b']);
});
