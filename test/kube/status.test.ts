import { afterEach, beforeEach, expect, test } from 'vitest';
import { statusWriter } from '../../src/run/statuses.ts';
import { writeStatus } from '../../src/kube/write-status.ts';
import { must } from '../../src/lib/assert.ts';
import type { ResourceKey } from '../../src/lib/key.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import type { StatusWriter } from '../../src/status/status-writer.ts';
import type { KubeFault } from '../rig/kube/kube-request.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import { routeStatus } from '../rig/kube/status-server.ts';

const options = { writesPerSecond: 10_000, parallel: 4, objectIntervalMs: 1000 };

let follower: KubeFollower;
let metrics: Metrics;
let clock: ManualClock;
let writer: StatusWriter;
let underWay: number;
let wanted: Map<ResourceKey, string>;
let fault: (object: string) => KubeFault | undefined;

beforeEach(async () => {
  follower = new KubeFollower();
  metrics = createMetrics();
  wanted = new Map();
  fault = () => undefined;
  clock = new ManualClock();
  underWay = 0;
  const { api, log } = follower;
  const source = await follower.open();
  writer = statusWriter(options, {
    log,
    clock,
    metrics,
    controllerName: () => 'ours',
    wanted(object) {
      const message = wanted.get(object);
      return message === undefined
        ? { kind: 'none' }
        : { kind: 'status', text: JSON.stringify(routeStatus(message)) };
    },
    async write(object, patch, signal) {
      underWay++;
      const path = must(source.pathOf(object), object);
      const written = await writeStatus(follower.connection, path, patch, 'ours', signal);
      underWay--;
      return written;
    },
  });
  follower.onObserved = (object, observed) => writer.observed(object, observed);
  api.fault = ({ mode, object }) => (mode === 'status' ? fault(object) : undefined);
});
afterEach(async () => {
  await writer.stop();
  metrics.close();
  await follower.close();
});

function key(name: string): ResourceKey {
  return `HTTPRoute/ns/${name}` as ResourceKey;
}

function create(name: string, fields: object = { spec: {} }): void {
  follower.api.put('HTTPRoute', 'ns', name, fields);
}

function want(name: string, message: string): void {
  wanted.set(key(name), message);
  writer.changed(key(name));
}

function parents(name: string): { controllerName: string; conditions: Record<string, unknown>[] }[] {
  const route = follower.api.objects('HTTPRoute').find(({ metadata }) => metadata.name === name);
  return (route?.['status'] as { parents: ReturnType<typeof parents> } | undefined)?.parents ?? [];
}

async function said(name: string, message: string): Promise<void> {
  await passing(() => parents(name).some(({ conditions }) => conditions[0]?.['message'] === message));
}

/** Time passes while no request is under way, so that the writer's deadline is never the reason. */
async function passing(condition: () => boolean, stepMs = 10): Promise<void> {
  while (!condition()) {
    if (underWay === 0) await clock.advanceBy(stepMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function attempts(name?: string): number {
  return follower.api.requests.filter(
    ({ mode, object }) => mode === 'status' && (name === undefined || object === `ns/${name}`),
  ).length;
}

async function results(): Promise<string[]> {
  const { values } = await metrics.statusWrites.get();
  return values
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => `${labels.kind} ${labels.result} ${value}`)
    .sort();
}

test('a status is written to the subresource, and what comes back is as it should be', async () => {
  create('r', { spec: {}, metadata: { generation: 3 }, status: routeStatus('x', 'theirs') });
  wanted.set(key('r'), 'new');
  await follower.source.start();
  writer.start();
  await said('r', 'new');
  expect(parents('r').map(({ controllerName }) => controllerName)).toEqual(['theirs', 'ours']);
  expect(parents('r')[0]).toEqual(routeStatus('x', 'theirs').parents[0]);
  expect(parents('r')[1]?.conditions[0]?.['lastTransitionTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  // An echo, a relist and a label are no reason to write.
  create('r', { spec: {}, metadata: { labels: { a: 'b' } } });
  follower.api.compact();
  follower.api.break('HTTPRoute', 'gone');
  create('s');
  want('s', 'last');
  await said('s', 'last');
  expect(follower.api.statusWrites).toEqual(['HTTPRoute/ns/r', 'HTTPRoute/ns/s']);
  expect(await results()).toEqual(['HTTPRoute written 2']);
});

test('entries of Sluice that are no longer wanted are found at the start, whatever happened meanwhile', async () => {
  create('r', { spec: {}, status: routeStatus('of a leader before') });
  create('s', { spec: {}, status: routeStatus('x', 'theirs') });
  await follower.source.start();
  writer.start();
  await passing(() => follower.api.statusWrites.length === 1);
  expect(parents('r')).toEqual([]);
  expect(parents('s')).toHaveLength(1);
});

test.each([
  ['409', { kind: 'status', status: 409 }, 'conflict'],
  ['500', { kind: 'status', status: 500 }, 'unavailable'],
  ['429', { kind: 'status', status: 429, retryAfter: 1 }, 'unavailable'],
  ['a broken connection', { kind: 'refuse' }, 'unavailable'],
  ['an answer that is no object', { kind: 'answer', body: '{}' }, 'unavailable'],
  ['an answer that is no JSON', { kind: 'answer', body: '<html>' }, 'unavailable'],
] as const)('%s is tried again, and no other object waits for it', async (_name, how, result) => {
  for (const name of ['r', 's']) create(name);
  await follower.source.start();
  writer.start();
  let left = 10;
  fault = (object) => (object === 'ns/r' && left-- > 0 ? how : undefined);
  want('r', 'new');
  await passing(() => attempts('r') >= 2);
  want('s', 'new');
  await said('s', 'new');
  await said('r', 'new');
  expect(await results()).toEqual([`HTTPRoute ${result} 10`, 'HTTPRoute written 2']);
  const warnings = follower.log.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(result === 'conflict' ? 0 : 1);
});

test.each([
  [403, 'forbidden'],
  [422, 'refused'],
] as const)(
  '%i is reported once, with what the API server says, and is tried again slowly',
  async (status, reason) => {
    create('r');
    await follower.source.start();
    writer.start();
    fault = () => ({ kind: 'status', status });
    want('r', 'new');
    await passing(() => attempts() >= 3, 1000);
    fault = () => undefined;
    await passing(() => parents('r').length > 0, 1000);
    expect(follower.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        fields: { object: 'HTTPRoute/ns/r', reason },
        message: expect.stringContaining(`the API server says ${status}: fault ${status}`) as unknown,
      },
    ]);
  },
);

test('writes that hang take their slots and nothing else, until they are given up', async () => {
  for (let i = 0; i < 20; i++) create(`r${i}`);
  await follower.source.start();
  writer.start();
  fault = () => ({ kind: 'hang' });
  for (let i = 0; i < 20; i++) want(`r${i}`, 'new');
  await passing(() => attempts() === 4);
  for (let i = 0; i < 20; i++) want(`r${i}`, 'newer');
  // Rows still come meanwhile.
  follower.api.put('Service', 'ns', 's', { spec: { ports: [{ port: 80 }] } });
  await follower.equal();
  expect(attempts()).toBe(4);
  fault = () => undefined;
  await clock.advanceBy(30_000);
  for (let i = 0; i < 20; i++) await said(`r${i}`, 'newer');
  expect(await results()).toEqual(['HTTPRoute unavailable 4', 'HTTPRoute written 20']);
});

test('what another writer changes meanwhile is kept, and ours is written on top', async () => {
  create('r');
  await follower.source.start();
  writer.start();
  let once = true;
  fault = () => {
    // Between Sluice's read and its write.
    if (once) create('r', { spec: {}, status: routeStatus('x', 'theirs') });
    once = false;
    return undefined;
  };
  want('r', 'new');
  await said('r', 'new');
  expect(parents('r').map(({ controllerName }) => controllerName)).toEqual(['theirs', 'ours']);
  expect(await results()).toEqual(['HTTPRoute conflict 1', 'HTTPRoute written 1']);
});

test('objects by the thousand that come again cause no write', async () => {
  const status = routeStatus('new', 'ours', '2026-01-01T00:00:00Z');
  for (let i = 0; i < 2000; i++) {
    wanted.set(key(`r${i}`), 'new');
    create(`r${i}`, { spec: {}, status });
  }
  await follower.source.start();
  writer.start();
  for (let i = 1999; i >= 0; i--) create(`r${i}`, { spec: {}, metadata: { labels: { round: '2' } } });
  create('last');
  want('last', 'new');
  await said('last', 'new');
  expect(attempts()).toBe(1);
});
