import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lease, leaseMs, renewMs, Replicas, type Outcome } from '../../test/rig/kube/replicas.ts';

/** A replica that leads, and one that would. */
async function leaderAndOther(skewMs = 0) {
  const replicas = new Replicas();
  const leader = replicas.start(skewMs);
  await replicas.clock.advanceBy(100);
  const other = replicas.start(-skewMs);
  await replicas.clock.advanceBy(2 * leaseMs);
  expect([leader.events, other.events]).toEqual([['elected'], []]);
  return { replicas, leader, other };
}

test('the first replica leads for as long as it renews, and the others wait', async () => {
  const { replicas, leader, other } = await leaderAndOther();
  await replicas.clock.advanceBy(100 * leaseMs);
  expect([leader.isLeader(), other.isLeader()]).toEqual([true, false]);
  expect(replicas.store.get(lease)?.['spec']).toMatchObject({
    holderIdentity: 'replica-0',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.002000Z',
    leaseTransitions: 0,
  });
  expect(other.requests.every((method) => method === 'GET')).toBe(true);
});

test.each([-300_000, 0, 300_000])(
  'a leader that is killed is replaced after its lease, dates %i ms off',
  async (skewMs) => {
    const { replicas, leader, other } = await leaderAndOther(skewMs);
    leader.kill();
    await replicas.clock.advanceBy(leaseMs - renewMs - 100);
    expect(other.isLeader()).toBe(false);
    await replicas.clock.advanceBy(2 * renewMs + 200);
    expect(other.isLeader()).toBe(true);
    expect(replicas.store.get(lease)?.['spec']).toMatchObject({ leaseTransitions: 1 });
  },
);

test('a leader that ends lets the Lease go, and the next look of another one takes it', async () => {
  const { replicas, leader, other } = await leaderAndOther();
  const closed = leader.election.close();
  expect(leader.events).toEqual(['elected', 'lost']);
  await replicas.clock.advanceBy(10);
  await closed;
  expect(replicas.holder()).toBe('');
  await replicas.clock.advanceBy(renewMs);
  expect(other.isLeader()).toBe(true);
  expect(replicas.store.get(lease)?.['spec']).toMatchObject({ leaseTransitions: 1 });
});

test('a leader that ends while its renewal is under way lets go what it has renewed', async () => {
  const { replicas, leader } = await leaderAndOther();
  replicas.outcome = (_, method) => (method === 'PUT' ? 'unanswered' : 'ok');
  await replicas.clock.advanceBy(renewMs + 10);
  replicas.outcome = () => 'ok';
  const closed = leader.election.close();
  await replicas.clock.advanceBy(10);
  await closed;
  expect(replicas.holder()).toBe('');
});

test('one that does not lead ends without a write', async () => {
  const { replicas, other } = await leaderAndOther();
  const closed = other.election.close();
  await replicas.clock.advanceBy(10);
  await closed;
  expect(other.requests).not.toContain('PUT');
  expect(replicas.holder()).toBe('replica-0');
});

test('a leader ends in a bounded time when the API server is silent', async () => {
  const { replicas, leader } = await leaderAndOther();
  replicas.outcome = () => 'lost';
  const closed = leader.election.close();
  await replicas.clock.advanceBy(2000);
  await closed;
  expect(leader.events).toEqual(['elected', 'lost']);
});

test.each<Outcome>(['lost', 'unanswered', 'refused', 'busy', 'conflict'])(
  'a leader whose renewals are %s stops before anybody else may begin, and all is well afterwards',
  async (outcome) => {
    const { replicas, leader, other } = await leaderAndOther();
    replicas.outcome = (replica, method) => (replica === leader && method !== 'GET' ? outcome : 'ok');
    if (outcome === 'unanswered') replicas.outcome = (replica) => (replica === leader ? outcome : 'ok');
    await replicas.clock.advanceBy((leaseMs * 2) / 3);
    expect(leader.events).toEqual(['elected', 'lost']);
    expect(other.isLeader()).toBe(false);
    expect(leader.log.lines.findLast(({ level }) => level === 'warn')?.message).toContain(
      'no longer leads: the Lease could not be renewed in time',
    );
    replicas.outcome = () => 'ok';
    await replicas.clock.advanceBy(2 * leaseMs);
    expect(replicas.leaders()).toHaveLength(1);
    expect(replicas.doubles).toEqual([]);
  },
);

test('a short absence of the API server changes nothing', async () => {
  const { replicas, leader } = await leaderAndOther();
  for (let absence = 0; absence < 20; absence++) {
    replicas.outcome = () => 'refused';
    await replicas.clock.advanceBy(renewMs - 1200);
    replicas.outcome = () => 'ok';
    await replicas.clock.advanceBy(2 * leaseMs);
  }
  expect(leader.events).toEqual(['elected']);
  const warnings = leader.log.lines.filter(({ level }) => level === 'warn');
  expect(warnings.length).toBeLessThanOrEqual(20);
});

test('conflicts without end are asked about at a bounded rate', async () => {
  const { replicas, other } = await leaderAndOther();
  replicas.all[0]?.kill();
  replicas.outcome = (_, method) => (method === 'PUT' ? 'conflict' : 'ok');
  await replicas.clock.advanceBy(2 * leaseMs);
  const before = other.requests.length;
  await replicas.clock.advanceBy(60_000);
  expect(other.requests.length - before).toBeLessThan(200);
  expect(other.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a Lease that somebody takes by hand is given up at the next renewal', async () => {
  const { replicas, leader } = await leaderAndOther();
  replicas.edit({ holderIdentity: 'somebody', leaseDurationSeconds: 15, preferredHolder: 'x' });
  await replicas.clock.advanceBy(renewMs + 200);
  expect(leader.events).toEqual(['elected', 'lost']);
  expect(leader.log.lines.at(-1)?.message).toBe('no longer leads: somebody has the Lease');
  await replicas.clock.advanceBy(leaseMs + renewMs);
  expect(replicas.leaders()).toHaveLength(1);
  expect(replicas.store.get(lease)?.['spec']).toMatchObject({ preferredHolder: 'x' });
});

test('a Lease that is deleted is made again by its holder, not by one that sees it first', async () => {
  const { replicas, leader, other } = await leaderAndOther();
  let isDeleted = false;
  replicas.outcome = (replica) => {
    if (replica === other && !isDeleted) {
      isDeleted = true;
      replicas.store.delete(lease);
    }
    return 'ok';
  };
  await replicas.clock.advanceBy(2 * leaseMs);
  expect(isDeleted).toBe(true);
  expect([leader.events, other.events]).toEqual([['elected'], []]);
  expect(replicas.holder()).toBe('replica-0');
});

test('a Lease that is deleted with its holder is made anew', async () => {
  const { replicas, leader, other } = await leaderAndOther();
  leader.kill();
  replicas.store.delete(lease);
  await replicas.clock.advanceBy(leaseMs + 2 * renewMs);
  expect(other.isLeader()).toBe(true);
});

test.each([{}, { holderIdentity: 7, leaseDurationSeconds: 'x', leaseTransitions: -1 }, undefined])(
  'the Lease %j is free',
  async (spec) => {
    const replicas = new Replicas();
    replicas.store.put(lease, { metadata: { labels: { a: 'b' } }, spec });
    const replica = replicas.start();
    await replicas.clock.advanceBy(100);
    expect(replica.isLeader()).toBe(true);
    expect(replicas.store.get(lease)?.metadata).toMatchObject({ labels: { a: 'b' } });
  },
);

test('a holder that claims to hold for years is waited for ten minutes', async () => {
  const { replicas } = await leaderAndOther();
  replicas.edit({ holderIdentity: 'somebody', leaseDurationSeconds: 1e9 });
  await replicas.clock.advanceBy(600_000);
  expect(replicas.leaders()).toHaveLength(0);
  await replicas.clock.advanceBy(10_000);
  expect(replicas.leaders()).toHaveLength(1);
});

test('a leader that was stopped for long does not write when it comes back', async () => {
  const { replicas, leader, other } = await leaderAndOther();
  leader.stop();
  await replicas.clock.advanceBy(2 * leaseMs);
  expect(other.isLeader()).toBe(true);
  expect(leader.isLeader()).toBe(false);
  leader.resume();
  await replicas.clock.advanceBy(2 * leaseMs);
  expect(leader.events).toEqual(['elected', 'lost']);
  expect(other.isLeader()).toBe(true);
});

test('a renewal whose answer lay unread while the process was stopped is no leadership', async () => {
  const { replicas, leader, other } = await leaderAndOther();
  await replicas.clock.advanceBy(renewMs);
  replicas.latencyMs = () => 1000;
  const sent = leader.requests.length;
  while (leader.requests.length === sent) await replicas.clock.advanceBy(1);
  leader.stop();
  await replicas.clock.advanceBy(2 * leaseMs);
  expect(other.isLeader()).toBe(true);
  leader.resume();
  await replicas.clock.advanceBy(5000);
  expect(leader.isLeader()).toBe(false);
  expect(leader.events).toEqual(['elected', 'lost']);
});

type Action =
  | { readonly kind: 'stop' | 'resume' | 'kill' | 'close'; readonly of: number }
  | { readonly kind: 'start'; readonly skewMs: number }
  | { readonly kind: 'network'; readonly outcomes: readonly Outcome[]; readonly latencyMs: number };

const outcomes = fc.constantFrom<Outcome>('ok', 'ok', 'lost', 'unanswered', 'refused', 'conflict', 'busy');
const actions: fc.Arbitrary<{ afterMs: number; action: Action }[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(1000), fc.nat(2 * leaseMs)),
    action: fc.oneof(
      fc.record({ kind: fc.constantFrom('stop', 'resume', 'kill', 'close'), of: fc.nat(20) }),
      fc.record({
        kind: fc.constant('start'),
        skewMs: fc.integer({ min: -300_000, max: 300_000 }),
      }),
      fc.record({
        kind: fc.constant('network'),
        outcomes: fc.array(outcomes, { minLength: 1, maxLength: 7 }),
        latencyMs: fc.oneof(fc.nat(50), fc.nat(12_000)),
      }),
    ),
  }),
  { maxLength: 40 },
);

test('whatever happens no two lead, and in peace one does', async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (steps) => {
      const replicas = new Replicas();
      replicas.start(-300_000);
      replicas.start(300_000);
      for (const { afterMs, action } of steps) {
        await replicas.clock.advanceBy(afterMs);
        perform(replicas, action);
      }
      for (const replica of replicas.all) replica.resume();
      replicas.outcome = () => 'ok';
      replicas.latencyMs = () => 1;
      replicas.start();
      await replicas.clock.advanceBy(4 * leaseMs);
      expect(replicas.doubles).toEqual([]);
      expect(replicas.leaders()).toHaveLength(1);
      for (const { events } of replicas.all)
        expect(events).toEqual(events.map((_, i) => (i % 2 === 0 ? 'elected' : 'lost')));
    }),
    { numRuns: 500 },
  );
});

function perform(replicas: Replicas, action: Action): void {
  if (action.kind === 'start') replicas.start(action.skewMs);
  else if (action.kind === 'network') {
    let at = 0;
    replicas.outcome = () => action.outcomes[at++ % action.outcomes.length] ?? 'ok';
    replicas.latencyMs = () => action.latencyMs;
  } else {
    const replica = replicas.all[action.of % replicas.all.length];
    if (action.kind === 'close') void replica?.election.close();
    else replica?.[action.kind]();
  }
}
