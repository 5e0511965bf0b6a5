import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KindDef } from '../../src/kinds/kind-def.ts';
import { kindTable } from '../../src/kinds/kind-table.ts';
import { watchedResources } from '../../src/kube/watched-resource.ts';
import type { ResourceKey } from '../../src/lib/key.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

let follower: KubeFollower;
beforeEach(() => {
  follower = new KubeFollower();
});
afterEach(async () => {
  await follower.close();
});

const route = 'HTTPRoute/a/r' as ResourceKey;
const kinds: readonly KindDef[] = Object.values(kindTable);

function fields(generation: number, status?: object): object {
  return { spec: {}, metadata: { generation }, ...(status === undefined ? {} : { status }) };
}

test('the status of an object is reported with its version, beside rows without it', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'a', 'r', fields(1));
  await follower.follow();
  expect(follower.observed.get(route)).toEqual({
    resourceVersion: '101',
    generation: 1,
    status: undefined,
  });
  api.put('HTTPRoute', 'a', 'r', fields(2, { parents: [] }));
  await follower.until(() => follower.observations === 2);
  expect(follower.observed.get(route)).toEqual({
    resourceVersion: '102',
    generation: 2,
    status: '{"parents":[]}',
  });
  api.delete('HTTPRoute', 'a', 'r');
  await follower.until(() => follower.observed.size === 0);
});

test('only kinds whose status Sluice writes are reported', async () => {
  const { api } = follower;
  for (const { kind, scope } of watchedResources)
    api.put(kind, scope === 'cluster' ? '' : 'a', 'x', { status: { conditions: [] } });
  await follower.follow();
  const reported = kinds
    .filter(({ status }) => status !== undefined)
    .map(({ kind, scope }) => `${kind}/${scope === 'cluster' ? '' : 'a'}/x`);
  expect(reported).toContain('HTTPRoute/a/x');
  expect([...follower.observed.keys()].sort()).toEqual(reported.sort());
});

test('an object whose spec cannot be read is reported, too, and has a row', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'a', 'r', { spec: 1, status: { parents: [] } });
  await follower.follow();
  expect(follower.rows.size).toBe(1);
  expect(follower.observed.get(route)?.status).toBe('{"parents":[]}');
});

test('after a relist nothing is reported twice, and what is gone is reported as deleted', async () => {
  const { api } = follower;
  for (const name of ['r', 's', 't']) api.put('HTTPRoute', 'a', name, fields(1));
  await follower.follow();
  await api.stop();
  api.put('HTTPRoute', 'a', 's', fields(2));
  api.delete('HTTPRoute', 'a', 't');
  api.compact();
  await api.start();
  await follower.until(() => follower.observed.size === 2);
  api.put('Service', 'a', 'last', servicePort(80));
  await follower.equal();
  expect(follower.observations).toBe(3 + 2);
});

test('an object of a list that comes to no end is not told, so one that is gone by the next stays unknown', async () => {
  const { api } = follower;
  api.put('HTTPRoute', 'a', 'r', fields(1));
  api.fault = ({ kind, mode }) => {
    if (kind !== 'HTTPRoute' || mode !== 'watch-list') return undefined;
    setImmediate(() => api.delete('HTTPRoute', 'a', 'r'));
    return { kind: 'broken', after: 1, how: 'eof' };
  };
  await follower.follow();
  expect(follower.restarts).toEqual([{ kind: 'HTTPRoute', reason: 'closed' }]);
  expect(follower.observed.size).toBe(0);
});
