import { expect, test, vi } from 'vitest';
import { statusFailed as failed } from '../../test/rig/kube/memory-api.ts';
import { routeStatus, StatusServer, usual } from '../../test/rig/kube/status-server.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import type { ResourceKey } from '../lib/key.ts';
import { StatusWriter } from './status-writer.ts';

const route = 'HTTPRoute/ns/r' as ResourceKey;
const other = 'HTTPRoute/ns/other' as ResourceKey;
const gateway = 'Gateway/ns/gw' as ResourceKey;

function wantCount(server: StatusServer, attachedRoutes: number, reason = 'Pending'): void {
  const conditions = [{ type: 'Programmed', status: 'Unknown', reason, message: '', observedGeneration: 1 }];
  const status = { conditions, listeners: [{ name: 'http', attachedRoutes, conditions: [] }] };
  server.wanted.set(gateway, { kind: 'status', text: JSON.stringify(status) });
  server.writer.changed(gateway);
}

function routes(count: number): ResourceKey[] {
  return Array.from({ length: count }, (_, i) => `HTTPRoute/ns/r${i}` as ResourceKey);
}

/** With these objects, whose status is as it should be. */
async function settled(server: StatusServer, objects: readonly ResourceKey[]): Promise<StatusServer> {
  for (const object of objects) {
    server.put(object);
    server.want(object, 'first');
  }
  server.writer.start();
  await server.clock.advanceBy(100_000);
  server.attempts.length = 0;
  return server;
}

test('nothing is written before the start, and then all that differs, once', async () => {
  const server = new StatusServer();
  for (const object of routes(20)) {
    server.put(object, object.endsWith('9') ? routeStatus('old') : undefined);
    server.want(object, 'new');
  }
  await server.clock.advanceBy(1000);
  expect(server.attempts).toEqual([]);
  server.writer.start();
  await server.clock.advanceBy(1000);
  expect(server.attempts.map(({ object }) => object).sort()).toEqual(routes(20).sort());
  expect(routes(20).every((object) => server.said(object) === 'new')).toBe(true);
  expect(server.backlog).toBe(0);
});

test('objects whose status is as wanted are never written: not at the start, not when they come again', async () => {
  const server = await settled(new StatusServer(), routes(500));
  await server.writer.stop();
  server.writer.start();
  await server.clock.advanceBy(10_000);
  for (const object of routes(500)) server.put(object);
  for (const object of routes(500)) server.writer.changed(object);
  await server.clock.advanceBy(10_000);
  expect(server.attempts).toEqual([]);
});

test('an object that comes again with the status that it had is not looked into again', async () => {
  const server = await settled(new StatusServer(), routes(100));
  for (const object of routes(100)) server.put(object);
  await server.clock.advanceBy(10_000);
  const parse = vi.spyOn(JSON, 'parse');
  for (const object of routes(100)) server.put(object);
  for (const object of routes(100)) server.writer.changed(object);
  await server.clock.advanceBy(10_000);
  expect(parse).not.toHaveBeenCalled();
  const [one = route] = routes(1);
  server.put(one, routeStatus('of somebody else'));
  await server.clock.advanceBy(10_000);
  expect(parse).toHaveBeenCalled();
  parse.mockRestore();
  expect(server.said(one)).toBe('first');
});

test('a fresh object is written when its report is there, and not before', async () => {
  const server = new StatusServer();
  server.writer.start();
  server.put(route, routeStatus('of a former life'));
  await server.clock.advanceBy(5000);
  expect(server.attempts).toEqual([]);
  server.want(route, 'new');
  await server.clock.advanceBy(10);
  expect(server.said(route)).toBe('new');
});

test('Sluice’s status is removed from an object that it no longer serves', async () => {
  const server = await settled(new StatusServer(), [route]);
  server.wanted.set(route, { kind: 'none' });
  server.writer.changed(route);
  await server.clock.advanceBy(1000);
  expect(server.observed(route)?.status).toBe('{"parents":[]}');
});

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

test('the answer to a write counts at once: a second write does not wait for the watch', async () => {
  const server = new StatusServer();
  server.echo = false;
  server.writer.start();
  server.put(route);
  for (const message of ['a', 'b', 'c']) {
    server.want(route, message);
    await server.clock.advanceBy(1000);
  }
  expect(server.said(route)).toBe('c');
  expect(server.results).toEqual(['written', 'written', 'written']);
});

test('an echo that comes late does not hide what was written since', async () => {
  const server = new StatusServer();
  server.echo = false;
  server.writer.start();
  server.put(route);
  server.want(route, 'a');
  await server.clock.advanceBy(1000);
  const echo = server.observed(route);
  server.want(route, 'b');
  await server.clock.advanceBy(1000);
  server.writer.observed(route, echo);
  await server.clock.advanceBy(10_000);
  expect(server.results).toEqual(['written', 'written']);
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

test('conflicts are tried again with the newest observation, more and more slowly, and no other object waits', async () => {
  const server = await settled(new StatusServer(), [route, other]);
  server.answer = (object) => (object === route ? failed('conflict') : undefined);
  server.want(route, 'new');
  await server.clock.advanceBy(20);
  server.want(other, 'new');
  await server.clock.advanceBy(20);
  expect(server.said(other)).toBe('new');
  await server.clock.advanceBy(60_000);
  const ofRoute = server.attempts.filter(({ object }) => object === route);
  expect(ofRoute.length).toBeGreaterThan(12);
  expect(ofRoute.length).toBeLessThan(40);
  server.answer = () => undefined;
  await server.clock.advanceBy(5000);
  expect(server.said(route)).toBe('new');
  expect(server.log.lines).toEqual([]);
});

test('a version that is out of date is a conflict, which the newer one ends', async () => {
  const server = await settled(new StatusServer(), [route]);
  server.change(route, routeStatus('x', 'theirs'));
  const newer = server.observed(route);
  server.want(route, 'new');
  await server.clock.advanceBy(1000);
  expect(new Set(server.results.slice(1))).toEqual(new Set(['conflict']));
  server.writer.observed(route, newer);
  await server.clock.advanceBy(5000);
  const status = JSON.parse(server.observed(route)?.status ?? '') as { parents: object[] };
  expect(status.parents.map((parent) => (parent as { controllerName: string }).controllerName)).toEqual([
    'theirs',
    'ours',
  ]);
});

test('a refused write is logged once, tried again slowly, and soon after a change', async () => {
  const server = await settled(new StatusServer(), [route]);
  server.answer = () => failed('refused', 'the API server says 422: spec.x is bad');
  server.want(route, 'bad');
  await server.clock.advanceBy(600_000);
  expect(server.attempts.length).toBeGreaterThanOrEqual(10);
  expect(server.attempts.length).toBeLessThan(30);
  expect(server.log.lines).toHaveLength(1);
  expect(server.log.lines[0]).toMatchObject({
    level: 'warn',
    fields: { object: route, reason: 'refused' },
    message: expect.stringContaining('spec.x is bad') as unknown,
  });
  server.answer = () => undefined;
  server.want(route, 'good');
  await server.clock.advanceBy(1000);
  expect(server.said(route)).toBe('good');
});

test('that a kind may not be written is logged once for all of its objects, and again when it has been in between', async () => {
  const server = await settled(new StatusServer(), routes(50));
  const deny = async (message: string): Promise<void> => {
    server.answer = () => failed('forbidden', 'the API server says 403');
    for (const object of routes(50)) server.want(object, message);
    await server.clock.advanceBy(100_000);
    server.answer = () => undefined;
    await server.clock.advanceBy(100_000);
  };
  await deny('a');
  expect(server.log.lines).toHaveLength(1);
  await deny('b');
  expect(server.log.lines).toHaveLength(2);
  expect(routes(50).every((object) => server.said(object) === 'b')).toBe(true);
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

test('a status that the API server does not keep as it was sent is not sent again and again', async () => {
  const server = await settled(new StatusServer(), [route]);
  // As with a CRD that lacks a field of Sluice's.
  server.prune = () => routeStatus('pruned');
  server.want(route, 'new');
  await server.clock.advanceBy(600_000);
  expect(server.attempts.length).toBeLessThanOrEqual(2);
});

test('a deleted object is forgotten, and a new one of its name starts afresh', async () => {
  const server = await settled(new StatusServer(), [route]);
  server.answer = () => failed('absent');
  server.want(route, 'new');
  await server.clock.advanceBy(100);
  server.delete(route);
  const tries = server.attempts.length;
  await server.clock.advanceBy(600_000);
  expect(server.attempts).toHaveLength(tries);
  expect(server.backlog).toBe(0);
  server.answer = () => undefined;
  server.put(route);
  await server.clock.advanceBy(10);
  expect(server.said(route)).toBe('new');
});

test('after the stop nothing is written, what is under way is ended, and a new start goes on', async () => {
  const server = await settled(new StatusServer(), [route, other]);
  server.answer = () => 'hang';
  server.want(route, 'new');
  await server.clock.advanceBy(1000);
  expect(server.underWay).toBe(1);
  await server.writer.stop();
  expect(server.underWay).toBe(0);
  server.answer = () => undefined;
  server.want(other, 'new');
  await server.clock.advanceBy(60_000);
  expect(server.attempts).toHaveLength(1);
  server.writer.start();
  await server.clock.advanceBy(1000);
  expect([server.said(route), server.said(other)]).toEqual(['new', 'new']);
});

test('a start right after a stop takes up what was under way, when that has come to its end', async () => {
  const server = await settled(new StatusServer(), [route]);
  server.answer = () => 'hang on';
  server.want(route, 'new');
  await server.clock.advanceBy(1000);
  server.answer = () => undefined;
  const stopped = server.writer.stop();
  server.writer.start();
  await server.clock.advanceBy(2000);
  expect(server.attempts).toHaveLength(1);
  server.release();
  await stopped;
  await server.clock.advanceBy(2000);
  expect(server.said(route)).toBe('new');
});

test('a bug in what is wanted costs one object its status, and the log says so', async () => {
  const server = await settled(new StatusServer(), [route, other]);
  server.wanted.set(route, { kind: 'status', text: '{' });
  server.writer.changed(route);
  server.want(other, 'new');
  await server.clock.advanceBy(100);
  expect(server.said(other)).toBe('new');
  expect(server.log.lines).toMatchObject([{ level: 'error', fields: { object: route } }]);
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
