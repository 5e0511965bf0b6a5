import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateway, httpListener, httpRoute } from '../rig/objects/manifests.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b', 'c', 'd']) await rig.backend(name);
});

afterAll(() => rig.close());

function route(
  name: string,
  hostnames: readonly string[] | undefined,
  path = '/',
  more: object = {},
): object {
  return httpRoute([toService(name, path)], {
    name,
    ...(hostnames === undefined ? {} : { hostnames }),
    ...more,
  });
}

async function byHost(...hosts: string[]): Promise<(string | number)[]> {
  const found: (string | number)[] = [];
  for (const host of hosts) found.push(...(await rig.answers('', [{ host }])));
  return found;
}

test('an exact hostname, a wildcard and none: the most specific one answers', async () => {
  rig.apply([
    route('a', ['one.example.com']),
    route('b', ['*.example.com']),
    route('c', ['*.two.example.com']),
    route('d', undefined),
  ]);
  await rig.settled();
  expect(
    await byHost(
      'one.example.com',
      'three.example.com',
      'x.two.example.com',
      'y.x.two.example.com',
      'two.example.com',
      'example.com',
      'other.test',
      '127.0.0.1',
    ),
  ).toEqual(['a', 'b', 'c', 'c', 'b', 'd', 'd', 'd']);
});

test('a Host header matches with a port and in any case', async () => {
  const port = `:${rig.port}`;
  expect(
    await byHost(
      `one.example.com${port}`,
      'one.example.com:80',
      `x.example.com${port}`,
      'ONE.Example.COM',
      `d${port}`,
    ),
  ).toEqual(['a', 'a', 'b', 'a', 'd']);
});

test('a request that its most specific hostname has no rule for goes to no other hostname', async () => {
  rig.apply([route('a', ['one.example.com'], '/only')]);
  await rig.settled();
  expect(await rig.answers('', [{ host: 'one.example.com', path: '/only' }])).toEqual(['a']);
  expect(await byHost('one.example.com')).toEqual([404]);
});

test('listeners of one port are isolated: the most specific listener answers, with its own routes alone', async () => {
  rig.apply([
    gateway([
      httpListener({ name: 'any', port: rig.port }),
      httpListener({ name: 'wild', port: rig.port, hostname: '*.example.com' }),
      httpListener({ name: 'exact', port: rig.port, hostname: 'one.example.com' }),
    ]),
    route('a', undefined, '/', { parentRefs: [{ name: 'web', sectionName: 'any' }] }),
    route('b', undefined, '/', { parentRefs: [{ name: 'web', sectionName: 'wild' }] }),
    route('c', ['one.example.com'], '/c', { parentRefs: [{ name: 'web', sectionName: 'exact' }] }),
    route('d', ['two.example.com'], '/', { parentRefs: [{ name: 'web', sectionName: 'any' }] }),
  ]);
  await rig.settled();
  expect(await byHost('other.test', 'x.example.com', 'one.example.com')).toEqual(['a', 'b', 404]);
  expect(await rig.answers('', [{ host: 'one.example.com', path: '/c' }])).toEqual(['c']);
  // Attached to `any`, but requests with this name go to `wild`.
  expect(await byHost('two.example.com')).toEqual(['b']);
});

test('a listener without routes answers 404, and not another listener of the port', async () => {
  rig.apply([], [route('c', [])]);
  await rig.settled();
  expect(await byHost('one.example.com')).toEqual([404]);
});

test('the hostname of a route is cut to that of its listener', async () => {
  rig.apply(
    [
      gateway([httpListener({ name: 'wild', port: rig.port, hostname: '*.example.com' })]),
      route('a', ['*.com', 'elsewhere.test']),
      route('b', ['b.example.com']),
    ],
    [route('d', [])],
  );
  await rig.settled();
  expect(await byHost('x.example.com', 'b.example.com', 'x.com', 'elsewhere.test', 'example.com')).toEqual([
    'a',
    'b',
    404,
    404,
    404,
  ]);
});

test('of routes that share a domain by wider hostnames, the narrowest goes first and leaves the rest to others', async () => {
  const old = { creationTimestamp: '2026-01-01T00:00:00Z' };
  rig.apply([
    gateway([httpListener({ name: 'exact', port: rig.port, hostname: 'c.b.example.com' })]),
    route('a', undefined, '/path/prefix/long', old),
    route('b', ['*.example.com'], '/path/prefix', old),
    route('c', ['*.b.example.com'], '/path', { creationTimestamp: '2026-01-02T00:00:00Z' }),
    route('d', ['c.b.example.com', '*.com'], '/path/prefix/long/own', {
      creationTimestamp: '2026-01-03T00:00:00Z',
    }),
  ]);
  await rig.settled();
  const paths = ['/path/prefix/long/own', '/path/prefix/long', '/path/other', '/'];
  const requests = paths.map((path) => ({ host: 'c.b.example.com', path }));
  expect(await rig.answers('', requests)).toEqual(['d', 'c', 'c', 404]);
  rig.apply([], [route('c', [])]);
  await rig.settled();
  expect(await rig.answers('', requests)).toEqual(['d', 'b', 404, 404]);
});
