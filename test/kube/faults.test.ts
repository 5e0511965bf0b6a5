import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchedResources } from '../../src/kube/watched-resource.ts';
import type { Breakage, KubeFault, KubeRequest } from '../rig/kube/kube-request.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

let follower: KubeFollower;
beforeEach(() => {
  follower = new KubeFollower();
});
afterEach(async () => {
  // No fault may cause a change that changes nothing.
  expect(follower.idle).toEqual([]);
  await follower.close();
});

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
  failFirst(4, ({ kind }) => (kind === 'Service' ? { kind: 'broken', after: 2, how } : undefined));
  await follower.follow();
  expect(follower.isEqual()).toBe(true);
  expect(follower.deleted).toEqual([]);
});

const statuses = [400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 502, 503, 504];

test.each(statuses)(
  'status %i for a watch that is to go on keeps the rows, and is overcome',
  async (status) => {
    const { api } = follower;
    api.put('Service', 'ns', 'a', servicePort(80));
    await follower.follow();
    failFirst(6, ({ kind }) => (kind === 'Service' ? { kind: 'status', status } : undefined));
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
  failFirst(3, ({ kind }) => (kind === 'Service' ? { kind: 'status', status } : undefined));
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

test.each([
  ['a Status', { kind: 'Status', metadata: {} }],
  ['a list of something else', { kind: 'PodList', metadata: { resourceVersion: '9' }, items: [] }],
  ['a list without items', { kind: 'ServiceList', metadata: { resourceVersion: '9' } }],
  ['a list without a version', { kind: 'ServiceList', metadata: {}, items: [] }],
  ['an object cut short', undefined],
])('%s instead of a list does not empty the rows', async (_what, answer) => {
  const { api } = follower;
  api.watchLists = 'refused';
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  api.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'list'
      ? { kind: 'answer', body: answer === undefined ? '{"kind":"ServiceList"' : JSON.stringify(answer) }
      : undefined;
  api.break('Service', 'gone');
  await follower.until(() => follower.restarts.filter(({ reason }) => reason === 'garbled').length > 2);
  expect(follower.rows.size).toBe(1);
  api.fault = () => undefined;
  api.put('Service', 'ns', 'b', servicePort(80));
  await follower.equal();
  expect(follower.deleted).toEqual([]);
});

test('a continue token that has expired leads to a list in one page', async () => {
  const { api } = follower;
  api.watchLists = 'refused';
  for (let i = 0; i < 1100; i++) api.put('Service', 'ns', `s${i}`, servicePort(80));
  api.fault = ({ page }) => {
    if (page === 2) api.compact();
    return undefined;
  };
  await follower.follow();
  expect(follower.isEqual()).toBe(true);
  const lists = api.requests.filter(({ kind, mode }) => kind === 'Service' && mode === 'list');
  expect(lists.map(({ page, query }) => [page, query.get('limit')])).toEqual([
    [1, '500'],
    [2, '500'],
    [1, null],
  ]);
});

test('410 as an HTTP status causes a new list, which finds what was deleted meanwhile', async () => {
  const { api } = follower;
  for (const name of ['a', 'b', 'c']) api.put('Service', 'ns', name, servicePort(80));
  await follower.follow();
  await api.stop();
  api.delete('Service', 'ns', 'b');
  api.put('Service', 'ns', 'd', servicePort(80));
  api.compact();
  failFirst(1, ({ mode, kind }) =>
    mode === 'watch' && kind === 'Service' ? { kind: 'status', status: 410 } : undefined,
  );
  await api.start();
  await follower.equal();
  expect(follower.deleted).toEqual(['Service/ns/b']);
});

test('410 in a watch that has brought nothing says nothing against lists that are streamed', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  for (const how of ['eof', 'gone'] as const) {
    await follower.until(() => api.watching === watchedResources.length);
    api.break('Service', how);
    await follower.until(() => api.watching < watchedResources.length);
  }
  await follower.until(() => api.watching === watchedResources.length);
  const modes = api.requests.filter(({ kind }) => kind === 'Service').map(({ mode }) => mode);
  expect(modes).toEqual(['watch-list', 'watch', 'watch-list']);
});

test('a server whose data was restored from a backup is listed again', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  const tooLarge = {
    type: 'ERROR',
    object: { kind: 'Status', code: 504, message: 'Too large resource version: 9' },
  };
  api.sendRaw('Service', `${JSON.stringify(tooLarge)}\n`);
  api.delete('Service', 'ns', 'a');
  await follower.equal();
  expect(follower.restarts).toEqual([{ kind: 'Service', reason: 'gone' }]);
});

test('a server that ends a stale watch without a word is listed again', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  api.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'watch' ? { kind: 'broken', after: 0, how: 'eof' } : undefined;
  api.break('Service', 'eof');
  api.delete('Service', 'ns', 'a');
  await follower.equal();
});

test('a garbled event that comes again and again ends in a new list', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  api.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'watch' ? { kind: 'broken', after: 0, how: 'garbage' } : undefined;
  api.break('Service', 'eof');
  api.put('Service', 'ns', 'a', servicePort(81));
  await follower.equal();
});

test('a connection on which nothing comes is given up', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  await follower.until(() => api.watching === watchedResources.length);
  api.break('Service', 'silence');
  api.put('Service', 'ns', 'a', servicePort(81));
  expect(follower.isEqual()).toBe(false);
  follower.clock.expire();
  await follower.equal();
  expect(follower.restarts).toContainEqual({ kind: 'Service', reason: 'silent' });
});

test('a kind in which nothing changes is asked again without a warning, and an API server that does not answer is warned of', async () => {
  const { api, log } = follower;
  await follower.follow();
  await follower.until(() => api.watching === watchedResources.length);
  const warnings = (): string[] =>
    log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  follower.clock.expire();
  await follower.until(
    () => follower.restarts.filter(({ reason }) => reason === 'silent').length >= watchedResources.length,
  );
  await follower.until(() => api.watching === watchedResources.length);
  expect(warnings()).toEqual([]);
  api.fault = ({ kind }) => (kind === 'Service' ? { kind: 'hang' } : undefined);
  await follower.until(() => {
    follower.clock.expire();
    return warnings().some((message) => message.startsWith('nothing came from the API server for 90 s'));
  });
});

test('a watch that is quiet after its list is left open', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  await follower.until(() => api.watching === watchedResources.length);
  follower.clock.expire(30_000);
  api.put('Service', 'ns', 'a', servicePort(81));
  await follower.equal();
  expect(follower.restarts).toEqual([]);
});

test('a request that is never answered is given up', async () => {
  failFirst(1, ({ kind }) => (kind === 'Service' ? { kind: 'hang' } : undefined));
  const source = await follower.open();
  const started = source.start();
  await follower.until(() => source.unsynced().length === 1);
  follower.clock.expire();
  expect(await started).toBe('synced');
});

test('events that come twice change nothing', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  api.put('Service', 'ns', 'a', servicePort(81));
  api.put('Service', 'ns', 'b', servicePort(81));
  api.delete('Service', 'ns', 'b');
  for (const line of api.recentLines('Service', 3).slice(0, 1)) api.sendRaw('Service', line);
  for (const line of api.recentLines('Service', 3).slice(-1)) api.sendRaw('Service', line);
  api.put('Service', 'ns', 'last', servicePort(80));
  await follower.equal();
  expect(follower.restarts).toEqual([]);
});

test('an old event of a deleted object does not bring it back', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  api.put('Service', 'ns', 'a', servicePort(81));
  api.delete('Service', 'ns', 'a');
  const [old = ''] = api.recentLines('Service', 2);
  api.sendRaw('Service', old);
  await follower.until(() => follower.restarts.length === 1 && api.watching === watchedResources.length);
  api.put('Service', 'ns', 'last', servicePort(80));
  await follower.equal();
});

test('events in the wrong order end in what the server has', async () => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  await follower.until(() => api.watching === watchedResources.length);
  api.break('Service', 'silence');
  api.put('Service', 'ns', 'a', servicePort(81));
  api.put('Service', 'ns', 'b', servicePort(81));
  follower.clock.expire();
  await follower.equal();
  const [first = '', second = ''] = api.recentLines('Service', 2);
  api.sendRaw('Service', second);
  api.sendRaw('Service', first);
  api.put('Service', 'ns', 'c', servicePort(81));
  await follower.equal();
});

test.each([
  ['an object without a name', { kind: 'Service', metadata: { resourceVersion: '9999' } }],
  ['an object of another kind', { kind: 'Pod', metadata: { name: 'a', resourceVersion: '9999' } }],
  ['an object without a resourceVersion', { kind: 'Service', metadata: { name: 'a', namespace: 'ns' } }],
  ['no object at all', undefined],
  ['a list', []],
])('%s is not believed', async (_what, object) => {
  const { api } = follower;
  api.put('Service', 'ns', 'a', servicePort(80));
  await follower.follow();
  api.sendRaw('Service', `${JSON.stringify({ type: 'DELETED', object })}\n`);
  api.put('Service', 'ns', 'b', servicePort(80));
  await follower.equal();
  expect(follower.restarts).toEqual([{ kind: 'Service', reason: 'garbled' }]);
  expect(follower.deleted).toEqual([]);
});

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

test('what an error says cannot break a line of the log, and is short', async () => {
  const { api, log } = follower;
  await follower.follow();
  const object = { kind: 'Status', code: 500, message: `a\nb${'x'.repeat(10_000)}` };
  api.sendRaw('Service', `${JSON.stringify({ type: 'ERROR', object })}\n`);
  await follower.until(() => follower.restarts.length === 1);
  const line = log.lines.find(({ level }) => level === 'warn');
  expect(line?.message).toMatch(/^the API server says 500: a bx+; what was read last stays in force$/);
  expect(line?.message.length).toBeLessThan(400);
});

test('nothing of a garbled line of a Secret gets into the log', async () => {
  const { api, log } = follower;
  await follower.follow();
  api.sendRaw('Secret', '{"type":"ADDED","object":{"data":{"tls.key":"canary"canary}}}\n');
  await follower.until(() => follower.restarts.length === 1);
  expect(JSON.stringify(log.lines)).not.toContain('canary');
});

function failFirst(count: number, fault: (request: KubeRequest) => KubeFault | undefined): void {
  let left = count;
  follower.api.fault = (request) => {
    const found = left > 0 ? fault(request) : undefined;
    if (found !== undefined) left--;
    return found;
  };
}
