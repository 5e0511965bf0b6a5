import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { HurriedClock } from '../rig/kube/hurried-clock.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

/** Waits are over at once, but time is real, as it measures the work of a turn. */
class RealTime extends HurriedClock {
  override now(): number {
    return systemClock.now();
  }
}

let follower: KubeFollower;
beforeEach(() => {
  follower = new KubeFollower(new RealTime());
});
afterEach(async () => {
  await follower.close();
});

const objects = 10_000;

test.each(['yes', 'refused'] as const)(
  '10,000 objects and a relist, with watch-lists: %s',
  async (watchLists) => {
    const { api } = follower;
    api.watchLists = watchLists;
    for (let i = 0; i < objects; i++) api.put('Service', 'ns', `s${i}`, servicePort(80));
    await follower.follow();
    expect(follower.rows.size).toBe(objects);
    await api.stop();
    for (let i = 0; i < objects; i += 10) api.delete('Service', 'ns', `s${i}`);
    for (let i = 1; i < objects; i += 10) api.put('Service', 'ns', `s${i}`, servicePort(81));
    api.compact();
    await api.start();
    // Deletions come last in a list.
    await follower.until(() => follower.deleted.length === objects / 10);
    expect(follower.isEqual()).toBe(true);
    expect(follower.deleted).toHaveLength(objects / 10);
    expect(follower.idle).toEqual([]);
  },
);
