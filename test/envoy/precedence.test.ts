import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, httpRoute } from '../rig/objects/manifests.ts';
import { EnvoyRig, hostOf } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b', 'c', 'd']) await rig.backend(name);
});

afterAll(() => rig.close());

function rule(match: object, to: string): object {
  return { matches: [match], backendRefs: [backend(to)] };
}

const prefix = (value: string): object => ({ path: { type: 'PathPrefix', value } });
const header = (...names: string[]): object => ({ headers: names.map((name) => ({ name, value: '1' })) });
const query = (...names: string[]): object => ({ queryParams: names.map((name) => ({ name, value: '1' })) });

test('a longer path goes before a method, and a method before headers', async () => {
  await rig.serve('order', [
    rule({ ...prefix('/'), ...header('x-1', 'x-2') }, 'a'),
    rule({ ...prefix('/'), method: 'GET' }, 'b'),
    rule(prefix('/long'), 'c'),
  ]);
  const headers = { 'x-1': '1', 'x-2': '1' };
  expect(
    await rig.answers('order', [
      { path: '/long', headers },
      { path: '/', headers },
      { path: '/', headers, method: 'POST' },
    ]),
  ).toEqual(['c', 'b', 'a']);
});

test('more headers go before fewer, and headers before query parameters', async () => {
  await rig.serve('counts', [
    rule(query('p', 'q'), 'a'),
    rule(header('x-1'), 'b'),
    rule(header('x-1', 'x-2'), 'c'),
    rule(query('p'), 'd'),
  ]);
  const both = { 'x-1': '1', 'x-2': '1' };
  expect(
    await rig.answers('counts', [
      { path: '/?p=1&q=1', headers: both },
      { path: '/?p=1&q=1', headers: { 'x-1': '1' } },
      { path: '/?p=1&q=1' },
      { path: '/?p=1' },
    ]),
  ).toEqual(['c', 'b', 'a', 'd']);
});

test('the first of equal rules of a route decides', async () => {
  await rig.serve('first', [rule(prefix('/same'), 'b'), rule(prefix('/same'), 'a')]);
  expect(await rig.answers('first', ['/same'])).toEqual(['b']);
});

function agedRoute(name: string, creationTimestamp: string, to: string): object {
  return httpRoute([rule(prefix('/same'), to)], { name, creationTimestamp, hostnames: [hostOf('age')] });
}

test('of routes with equal matches the oldest decides, and then the name', async () => {
  const young = agedRoute('a-young', '2026-03-01T00:00:00Z', 'a');
  const old = agedRoute('z-old', '2026-02-01T00:00:00Z', 'b');
  const twin = agedRoute('y-old', '2026-02-01T00:00:00Z', 'c');
  rig.apply([young, old]);
  await rig.settled();
  expect(await rig.answers('age', ['/same'])).toEqual(['b']);
  rig.apply([twin]);
  await rig.settled();
  expect(await rig.answers('age', ['/same'])).toEqual(['c']);
  rig.apply([], [old, twin]);
  await rig.settled();
  expect(await rig.answers('age', ['/same'])).toEqual(['a']);
});

test('the rules of several routes of one hostname work together', async () => {
  rig.apply([
    httpRoute([rule(prefix('/one'), 'a')], { name: 'joint-1', hostnames: [hostOf('joint')] }),
    httpRoute([rule(prefix('/one/two'), 'b')], { name: 'joint-2', hostnames: [hostOf('joint')] }),
  ]);
  await rig.settled();
  expect(await rig.answers('joint', ['/one/two', '/one/three', '/two'])).toEqual(['b', 'a', 404]);
});
