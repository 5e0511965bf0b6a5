import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { names } from '../rig/objects/sized-objects.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const sizes = [10, 100, 1000];
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

/** Responses for one edit of a route among `routes`, each with the names in it, and the bytes of all. */
async function edited(routes: number, hostOf: (name: string) => string) {
  const routeOf = (name: string, path: string): object =>
    m.httpRoute([{ matches: [m.prefix(`/${name}${path}`)], backendRefs: [m.backend()] }], {
      name,
      hostnames: [hostOf(name)],
    });
  const all = names(routes);
  const pipeline = await Pipeline.started([...base, ...all.map((name) => routeOf(name, '/a'))]);
  const sent: { service: string; names: number }[] = [];
  let bytes = 0;
  await pipeline.connected({
    onResponse: (service, { length }, message) => {
      sent.push({ service, names: length });
      bytes += message.length;
    },
  });
  sent.length = 0;
  bytes = 0;
  pipeline.apply(routeOf(all[5] ?? '', '/b'));
  await pipeline.settle();
  await pipeline.close();
  return { sent, bytes };
}

const oneHost = [{ service: 'VHDS', names: 1 }];

test('with a host for each route, an edit sends one host, and as many bytes at 10, 100 and 1,000 routes', async () => {
  const found = [];
  for (const size of sizes) found.push(await edited(size, (name) => `${name}.test`));
  const [first] = found;
  expect(first?.sent).toEqual(oneHost);
  expect(first?.bytes).toBeLessThan(500);
  expect(found).toEqual(sizes.map(() => first));
});

test('with all routes on one host, an edit sends this host, whose bytes grow in proportion', async () => {
  const perRoute = [];
  for (const size of sizes) {
    const { sent, bytes } = await edited(size, () => 'shared.test');
    expect(sent).toEqual(oneHost);
    perRoute.push(bytes / size);
  }
  const [few = 0, , many = 0] = perRoute;
  expect(many).toBeLessThan(few);
  expect(many).toBeGreaterThan(few / 2);
});
