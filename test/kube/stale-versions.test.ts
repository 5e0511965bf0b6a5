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
  follower.failFirst(1, ({ mode, kind }) =>
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
