import { expect, test, vi } from 'vitest';
import { statusFailed as failed } from '../../test/rig/kube/memory-api.ts';
import { routeStatus, StatusServer } from '../../test/rig/kube/status-server.ts';
import { other, route, routes, settled } from '../../test/rig/kube/settled-statuses.ts';

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
