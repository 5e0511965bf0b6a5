import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchedResources } from '../../src/kube/watched-resource.ts';
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
