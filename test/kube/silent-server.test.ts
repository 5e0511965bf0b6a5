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
  follower.failFirst(1, ({ kind }) => (kind === 'Service' ? { kind: 'hang' } : undefined));
  const source = await follower.open();
  const started = source.start();
  await follower.until(() => source.unsynced().length === 1);
  follower.clock.expire();
  expect(await started).toBe('synced');
});
