import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeRow } from '../../src/kinds/decode.ts';
import { watchedResources } from '../../src/kube/watched-resource.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

let follower: KubeFollower;
beforeEach(() => {
  follower = new KubeFollower();
});
afterEach(async () => {
  await follower.close();
});

test('everything that exists is there when the start resolves', async () => {
  const { api } = follower;
  api.put('Service', 'a', 's', servicePort(80));
  api.put('Namespace', '', 'a', { metadata: { labels: {} } });
  await follower.follow();
  expect([...follower.rows.keys()].sort()).toEqual(['Namespace//a', 'Service/a/s']);
  expect(follower.isEqual()).toBe(true);
  expect(api.requests.every(({ mode }) => mode === 'watch-list')).toBe(true);
});

test('changes come live', async () => {
  const { api } = follower;
  await follower.follow();
  api.put('Service', 'a', 's', servicePort(80));
  await follower.equal();
  api.put('Service', 'a', 's', servicePort(81));
  await follower.equal();
  api.delete('Service', 'a', 's');
  await follower.equal();
  expect(follower.deleted).toEqual(['Service/a/s']);
});

test('a change of nothing that we read is no change', async () => {
  const { api } = follower;
  api.put('Service', 'a', 's', servicePort(80));
  await follower.follow();
  const before = follower.rows.get([...follower.rows.keys()][0]!);
  api.put('Service', 'a', 's', {
    ...servicePort(80),
    metadata: { annotations: { a: 'b' } },
    status: { c: 1 },
  });
  api.put('Service', 'a', 'last', servicePort(81));
  await follower.equal();
  expect(follower.rows.get(before!.key)).toBe(before);
  expect(follower.idle).toEqual([]);
});

test.each(['refused', 'ignored'] as const)(
  'a server where watch-lists are %s is asked for pages',
  async (how) => {
    const { api } = follower;
    api.watchLists = how;
    for (let i = 0; i < 1201; i++) api.put('Service', 'a', `s${i}`, servicePort(80));
    const source = await follower.open();
    const started = source.start();
    let turns = 0;
    // Time passes only for a watch-list that never ends.
    await follower.until(() => {
      if (how === 'ignored' && ++turns % 200 === 0) follower.clock.expire();
      return source.unsynced().length === 0;
    });
    expect(await started).toBe('synced');
    expect(follower.isEqual()).toBe(true);
    const pages = api.requests.filter(({ kind, mode }) => kind === 'Service' && mode === 'list');
    expect(pages.map(({ page }) => page).slice(-3)).toEqual([1, 2, 3]);
    api.delete('Service', 'a', 's1200');
    await follower.equal();
  },
);

test('bookmarks alone move the point to resume from', async () => {
  const { api } = follower;
  api.put('Service', 'a', 's', servicePort(80));
  await follower.follow();
  // The API server's history begins after the last change of any Service, and not after the bookmark.
  api.put('HTTPRoute', 'a', 'r', { spec: {} });
  api.bookmark();
  api.compact();
  await follower.equal();
  api.break('Service', 'eof');
  api.put('Service', 'a', 't', servicePort(80));
  await follower.equal();
  expect(follower.restarts).toEqual([{ kind: 'Service', reason: 'closed' }]);
});

test('Secrets that no object can refer to are not asked for', async () => {
  await follower.follow();
  const secrets = follower.api.requests.filter(({ kind }) => kind === 'Secret');
  expect(secrets.map(({ query }) => query.get('fieldSelector'))).toEqual([
    'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token',
  ]);
});

test('with namespaces given, the others are not followed', async () => {
  const { api } = follower;
  api.put('Service', 'a', 's', servicePort(80));
  api.put('Service', 'b', 's', servicePort(80));
  api.put('Service', 'c', 's', servicePort(80));
  api.put('Namespace', '', 'c', { metadata: { labels: {} } });
  api.put('Namespace', '', 'a', { metadata: { labels: {} } });
  await follower.follow({ namespaces: ['a', 'b'] });
  expect([...follower.rows.keys()].sort()).toEqual(['Namespace//a', 'Service/a/s', 'Service/b/s']);
  api.put('Namespace', '', 'b', { metadata: { labels: {} } });
  await follower.until(() => follower.rows.size === 4);
  const asked = api.requests.filter(({ kind }) => kind === 'Namespace');
  expect(new Set(asked.map(({ query }) => query.get('fieldSelector')))).toEqual(
    new Set(['metadata.name=a', 'metadata.name=b']),
  );
});

test('what cannot be read of an object is reported once, the rest is followed, and all goes when it is deleted', async () => {
  const { api, log } = follower;
  api.put('Service', 'a', 's', servicePort(80));
  await follower.follow();
  api.put('Service', 'a', 's', servicePort(0));
  await follower.until(() => follower.source.problems().length === 1);
  expect(follower.source.problems()).toEqual([
    { object: 'Service/a/s', path: 'spec.ports[0].port', message: 'must be at least 1' },
  ]);
  api.compact();
  api.break('Service', 'gone');
  await follower.until(() => follower.restarts.length === 1 && api.watching === watchedResources.length);
  api.put('Service', 'a', 'next', servicePort(80));
  await follower.until(() => follower.rows.size === 2);
  await follower.equal();
  expect(log.lines.filter(({ message }) => message.includes('at least 1'))).toHaveLength(1);
  api.delete('Service', 'a', 's');
  await follower.equal();
  expect(follower.source.problems()).toEqual([]);
});

test('nothing of an object is kept for another of its name, be that unreadable', async () => {
  const { api } = follower;
  api.put('Service', 'a', 's', servicePort(80));
  await follower.follow();
  await api.stop();
  api.delete('Service', 'a', 's');
  api.put('Service', 'a', 's', servicePort(0));
  api.compact();
  await api.start();
  await follower.equal();
  const row = decodeRow('Service', follower.rows.get(must())!.bytes);
  expect(row.spec).toMatchObject({ ports: [], unreadable: [{ path: 'ports[0].port' }] });
});

function must() {
  return [...follower.rows.keys()][0]!;
}

test('close ends everything, also before the first answer', async () => {
  follower.api.fault = () => ({ kind: 'hang' });
  const source = await follower.open();
  const started = source.start();
  await follower.until(() => follower.api.requests.length === 8);
  await source.close();
  expect(await started).toBe('closed');
});

test('where no proxy runs scripts, a cluster full of them costs no memory, and is read for what else it has', async () => {
  const { api } = follower;
  api.put('ConfigMap', 'a', 'script', { data: { lua: 'function envoy_on_request() end', 'ca.crt': 'pem' } });
  await follower.follow({ scripts: false });
  expect(follower.rows.size).toBe(1);
  for (const { bytes } of follower.rows.values()) expect(Buffer.from(bytes).toString()).toBe('{"ca":"pem"}');
});
