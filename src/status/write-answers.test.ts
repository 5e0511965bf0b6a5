import { expect, test } from 'vitest';
import { statusFailed as failed } from '../../test/rig/kube/memory-api.ts';
import { routeStatus, StatusServer } from '../../test/rig/kube/status-server.ts';
import { other, route, routes, settled } from '../../test/rig/kube/settled-statuses.ts';

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

test('a status that the API server does not keep as it was sent is not sent again and again', async () => {
  const server = await settled(new StatusServer(), [route]);
  // As with a CRD that lacks a field of Sluice's.
  server.prune = () => routeStatus('pruned');
  server.want(route, 'new');
  await server.clock.advanceBy(600_000);
  expect(server.attempts.length).toBeLessThanOrEqual(2);
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
