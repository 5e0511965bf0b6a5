import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchedResources } from '../../src/kube/watched-resource.ts';
import type { Breakage } from '../rig/kube/kube-request.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

let follower: KubeFollower;

const breakages: readonly Breakage[] = [
  'eof',
  'reset',
  'truncate',
  'cut-reset',
  'garbage',
  'endless-line',
  'gone',
  'error',
];

const statuses = [400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 502, 503, 504];
beforeEach(() => {
  follower = new KubeFollower();
});
afterEach(async () => {
  // No fault may cause a change that changes nothing.
  expect(follower.idle).toEqual([]);
  await follower.close();
});

test.each(breakages)('after an open watch ends with %s, nothing is missed', async (how) => {
  const { api } = follower;
  for (const name of ['a', 'b', 'c']) api.put('Service', 'ns', name, servicePort(80));
  await follower.follow();
  api.break('Service', how);
  api.delete('Service', 'ns', 'a');
  api.put('Service', 'ns', 'b', servicePort(81));
  api.put('Service', 'ns', 'd', servicePort(80));
  await follower.equal();
  await follower.until(() => api.watching === watchedResources.length);
  api.put('Service', 'ns', 'e', servicePort(80));
  await follower.equal();
  expect(follower.deleted).toEqual(['Service/ns/a']);
});

test('a watch that ends in the middle of an object is distinguished from one that ends as watches do', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  for (const how of ['truncate', 'eof'] as const) {
    await follower.until(() => api.watching === watchedResources.length);
    api.break('Service', how);
    const ended = follower.restarts.length + 1;
    await follower.until(() => follower.restarts.length === ended);
  }
  expect(follower.restarts.map(({ reason }) => reason)).toEqual(['garbled', 'closed']);
  await follower.equal();
});

test.each(breakages)('a first list that breaks with %s is asked for again', async (how) => {
  const { api } = follower;
  for (const name of ['a', 'b', 'c', 'd']) api.put('Service', 'ns', name, servicePort(80));
  follower.failFirst(4, ({ kind }) => (kind === 'Service' ? { kind: 'broken', after: 2, how } : undefined));
  await follower.follow();
  expect(follower.isEqual()).toBe(true);
  expect(follower.deleted).toEqual([]);
});

test.each(statuses)(
  'status %i for a watch that is to go on keeps the rows, and is overcome',
  async (status) => {
    const { api } = follower;
    api.put('Service', 'ns', 'a', servicePort(80));
    await follower.follow();
    follower.failFirst(6, ({ kind }) => (kind === 'Service' ? { kind: 'status', status } : undefined));
    api.break('Service', 'eof');
    await follower.until(() => follower.restarts.length >= 3);
    expect(follower.rows.size).toBe(1);
    api.put('Service', 'ns', 'b', servicePort(80));
    await follower.equal();
    expect(follower.deleted).toEqual([]);
  },
);

test.each(statuses)('status %i for a first list holds up the start, and is overcome', async (status) => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  follower.failFirst(3, ({ kind }) => (kind === 'Service' ? { kind: 'status', status } : undefined));
  await follower.follow();
  expect(follower.isEqual()).toBe(true);
});

test.each([401, 403])('a kind that answers %i from the start is named with its reason', async (status) => {
  const { api } = follower;
  api.fault = ({ kind }) => (kind === 'Secret' ? { kind: 'status', status } : undefined);
  const source = await follower.open();
  void source.start();
  await follower.until(() => source.unsynced().length === 1 && follower.restarts.length > 3);
  await follower.until(() => source.unsynced()[0]?.reason.includes(`${status}`) === true);
  expect(source.unsynced()).toEqual([
    { kind: 'Secret', reason: `the API server says ${status}: fault ${status}` },
  ]);
  const warnings = follower.log.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  api.fault = () => undefined;
  await follower.until(() => source.unsynced().length === 0);
});

test.each([429, 500, 503] as const)(
  'status %i on page 2 repeats the list, and changes nothing before its end',
  async (status) => {
    const { api } = follower;
    api.watchLists = 'refused';
    for (let i = 0; i < 600; i++) api.put('Service', 'ns', `s${i}`, servicePort(80));
    await follower.follow();
    for (let i = 0; i < 600; i++) api.put('Service', 'ns', `s${i}`, servicePort(81));
    await follower.equal();
    const before = new Map(follower.rows);
    await api.stop();
    for (let i = 0; i < 600; i += 2) api.delete('Service', 'ns', `s${i}`);
    for (let i = 1; i < 600; i += 2) api.put('Service', 'ns', `s${i}`, servicePort(82));
    for (let i = 0; i < 300; i++) api.put('Service', 'ns', `t${i}`, servicePort(82));
    api.compact();
    api.fault = ({ mode, page }) =>
      mode === 'list' && page === 2 ? { kind: 'status', status, retryAfter: 1 } : undefined;
    await api.start();
    const secondPages = (): number => api.requests.filter(({ page }) => page === 2).length;
    const seen = secondPages();
    await follower.until(() => secondPages() >= seen + 3);
    expect(follower.rows).toEqual(before);
    api.fault = () => undefined;
    await follower.equal();
  },
);

test('a server that is away keeps the rows in force, and its return is caught up with', async () => {
  const { api } = follower;
  for (const name of ['a', 'b']) api.put('Service', 'ns', name, servicePort(80));
  await follower.follow();
  await api.stop();
  await follower.until(() => follower.restarts.length > 40);
  expect(follower.rows.size).toBe(2);
  api.delete('Service', 'ns', 'a');
  await api.start();
  await follower.equal();
});
