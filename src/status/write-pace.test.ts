import { expect, test } from 'vitest';
import { statusFailed as failed } from '../../test/rig/kube/memory-api.ts';
import { routeStatus, StatusServer, usual } from '../../test/rig/kube/status-server.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import type { ResourceKey } from '../lib/key.ts';
import { StatusWriter } from './status-writer.ts';
import { other, route, routes, settled } from '../../test/rig/kube/settled-statuses.ts';

const gateway = 'Gateway/ns/gw' as ResourceKey;

function wantCount(server: StatusServer, attachedRoutes: number, reason = 'Pending'): void {
  const conditions = [{ type: 'Programmed', status: 'Unknown', reason, message: '', observedGeneration: 1 }];
  const status = { conditions, listeners: [{ name: 'http', attachedRoutes, conditions: [] }] };
  server.wanted.set(gateway, { kind: 'status', text: JSON.stringify(status) });
  server.writer.changed(gateway);
}

test('the first write of an object goes at once, and later ones at most once in an interval', async () => {
  const server = new StatusServer();
  server.writer.start();
  server.put(route);
  for (let i = 0; i <= 300; i++) {
    server.want(route, String(i));
    await server.clock.advanceBy(10);
  }
  await server.clock.advanceBy(1000);
  expect(server.attempts.map(({ atMs }) => atMs)).toEqual([10, 1010, 2010, 3010]);
  expect(server.said(route)).toBe('300');
});

test('a count that goes on changing is written at growing intervals, and its last value within a second', async () => {
  const server = new StatusServer();
  server.writer.start();
  server.put(gateway);
  for (let count = 0; count < 1400; count++) {
    wantCount(server, count);
    await server.clock.advanceBy(50);
  }
  const ended = server.clock.now();
  await server.clock.advanceBy(60_000);
  const times = server.attempts.map(({ atMs }) => atMs);
  expect(times.length).toBeLessThanOrEqual(10);
  expect(server.observed(gateway)?.status).toContain('"attachedRoutes":1399');
  expect(times.at(-1)).toBeLessThanOrEqual(ended + 1000);
});

test('another change of a Gateway is not delayed by its count', async () => {
  const server = new StatusServer();
  server.writer.start();
  server.put(gateway);
  for (let count = 0; count < 800; count++) {
    wantCount(server, count);
    await server.clock.advanceBy(50);
  }
  server.attempts.length = 0;
  const at = server.clock.now();
  for (let count = 800; count < 840; count++) {
    wantCount(server, count, 'Programmed');
    await server.clock.advanceBy(50);
  }
  expect(server.attempts[0]?.atMs).toBeLessThanOrEqual(at + 1000);
});

test('a Gateway does not wait behind the routes of its namespace', async () => {
  const server = new StatusServer({ ...usual, writesPerSecond: 100 });
  for (const object of routes(1000)) {
    server.put(object);
    server.want(object, 'new');
  }
  server.writer.start();
  await server.clock.advanceBy(1000);
  server.put(gateway);
  wantCount(server, 1000);
  await server.clock.advanceBy(1000);
  expect(server.attempts.some(({ object }) => object === gateway)).toBe(true);
  expect([...server.writer.backlogs()].map(([namespace]) => namespace)).toEqual(['ns']);
});

test('writes in a second are bounded, and none waits without end', async () => {
  const server = new StatusServer({ ...usual, writesPerSecond: 100 });
  for (const object of routes(1000)) {
    server.put(object);
    server.want(object, 'new');
  }
  server.writer.start();
  await server.clock.advanceBy(1000);
  expect(server.attempts.length).toBeGreaterThan(100);
  expect(server.attempts.length).toBeLessThanOrEqual(110);
  expect(server.backlog).toBeGreaterThanOrEqual(890);
  await server.clock.advanceBy(9000);
  expect(server.attempts).toHaveLength(1000);
  expect(server.backlog).toBe(0);
});

test('a slow API server has so many writes at a time, and each object is written once', async () => {
  const server = new StatusServer();
  for (const object of routes(40)) {
    server.put(object);
    server.want(object, 'new');
  }
  server.answer = () => 'hang';
  server.writer.start();
  for (let batch = 1; batch <= 5; batch++) {
    await server.clock.advanceBy(10_000);
    expect(server.attempts).toHaveLength(batch * 8);
    for (const object of routes(40)) server.writer.changed(object);
    server.release();
  }
  await server.clock.advanceBy(10_000);
  expect(server.mostUnderWay).toBe(8);
  expect(server.attempts).toHaveLength(40);
  expect(server.backlog).toBe(0);
});

test('a write without an answer gives its slot to others', async () => {
  const server = new StatusServer({ ...usual, parallel: 1 });
  server.put(route);
  server.put(other);
  server.want(route, 'new');
  server.answer = (object) => (object === route ? 'hang' : undefined);
  server.writer.start();
  await server.clock.advanceBy(100);
  server.want(other, 'new');
  await server.clock.advanceBy(20_000);
  expect(server.said(other)).toBeUndefined();
  await server.clock.advanceBy(20_000);
  expect(server.said(other)).toBe('new');
  server.answer = () => undefined;
  await server.clock.advanceBy(60_000);
  expect(server.said(route)).toBe('new');
});

test('two writers that do not agree write at a steady pace', async () => {
  const server = await settled(new StatusServer(), [route]);
  for (let ms = 0; ms < 60_000; ms += 10) {
    if (server.said(route) !== 'theirs') server.put(route, routeStatus('theirs'));
    await server.clock.advanceBy(10);
  }
  expect(server.attempts.length).toBeGreaterThan(30);
  expect(server.attempts.length).toBeLessThanOrEqual(61);
});

test('comparisons of many objects let others have their turns', async () => {
  let nowMs = 0;
  const compared: ResourceKey[] = [];
  const perTurn: number[] = [];
  const writer = new StatusWriter(usual, {
    log: new SilentLog(),
    clock: {
      now: () => nowMs,
      wallMs: () => 0,
      after(_delayMs, task) {
        const immediate = setImmediate(() => void task());
        return () => clearImmediate(immediate);
      },
    },
    controllerName: () => 'ours',
    wanted(object) {
      compared.push(object);
      nowMs += 0.1;
      return { kind: 'unknown' };
    },
    write: () => Promise.resolve(failed('absent')),
    backOff: () => ({ nextMs: () => 1000 }),
  });
  for (const object of routes(2000))
    writer.observed(object, { resourceVersion: '1', generation: 1, status: undefined });
  writer.start();
  while (compared.length < 2000) {
    const before = compared.length;
    await new Promise((resolve) => setImmediate(resolve));
    perTurn.push(compared.length - before);
  }
  // 8 ms of 0.1 ms each.
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(81);
  await writer.stop();
});

test('a namespace with thousands of objects that flap does not delay the statuses of another', async () => {
  const many = routes(5000);
  const elsewhere = 'HTTPRoute/elsewhere/r' as ResourceKey;
  const server = await settled(new StatusServer(), [...many, elsewhere]);
  for (const object of many) server.want(object, 'second');
  await server.clock.advanceBy(100);
  const before = server.attempts.length;
  for (const object of many.slice(0, before)) server.want(object, 'third');
  server.want(elsewhere, 'second');
  await server.clock.advanceBy(1000);
  const at = server.attempts.findIndex(({ object }) => object === elsewhere);
  expect(before).toBeGreaterThan(10);
  // One write of the other namespace, and those that were under way already.
  expect(at - before).toBeLessThanOrEqual(usual.parallel + 1);
  expect(server.said(elsewhere)).toBe('second');
  await server.clock.advanceBy(60_000);
  expect(server.said(many.at(-1) ?? elsewhere)).toBe('second');
  expect(server.backlog).toBe(0);
});
