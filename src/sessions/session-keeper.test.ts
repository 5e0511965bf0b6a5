import { expect, test } from 'vitest';
import { MemorySecret } from '../../test/rig/kube/certificate-replica.ts';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { SessionKeeper } from './session-keeper.ts';

const minuteMs = 60_000;

class Replica {
  readonly keys: string[] = [];
  readonly log = new SilentLog();
  readonly keeper: SessionKeeper<NonNullable<MemorySecret['stored']>>;
  isTried = false;
  readonly #clock = new ManualClock();

  constructor(store: MemorySecret, isLasting = false) {
    this.keeper = new SessionKeeper({
      clock: this.#clock,
      log: this.log,
      store,
      backOff: { nextMs: () => 1000, reset: () => {} },
      isLasting: () => isLasting,
      onKey: (key) => this.keys.push(key),
    });
    this.keeper.start();
    void this.keeper.tried.then(() => (this.isTried = true));
  }

  static async started(store: MemorySecret): Promise<Replica> {
    const replica = new Replica(store);
    await replica.keeper.tried;
    return replica;
  }

  async look(afterMs = minuteMs): Promise<void> {
    await this.#clock.advanceBy(afterMs);
  }
}

test('the first replica makes the key, all others take it over, and later ones too', async () => {
  const store = new MemorySecret();
  const one = await Replica.started(store);
  const other = await Replica.started(store);
  expect(store.writes).toBe(1);
  expect(one.keys).toHaveLength(1);
  expect(Buffer.from(one.keys[0] ?? '', 'base64')).toHaveLength(32);
  expect(other.keys).toEqual(one.keys);
  await one.look();
  expect((await Replica.started(store)).keys).toEqual(one.keys);
  expect([store.writes, one.keys.length]).toEqual([1, 1]);
});

test('of two that make it at once, one does', async () => {
  const store = new MemorySecret();
  const first = 'f'.repeat(44);
  store.meanwhile = () => store.put([['key', first]]);
  const one = await Replica.started(store);
  expect(one.keys).toEqual([first]);
  expect(store.writes).toBe(0);
});

test('a Secret that was deleted or emptied gets the same key again', async () => {
  const store = new MemorySecret();
  const one = await Replica.started(store);
  store.stored = undefined;
  await one.look();
  expect(store.stored).toMatchObject({ files: new Map([['key', one.keys[0]]]) });
  store.put([['other', 'kept']]);
  await one.look();
  expect(store.stored).toMatchObject({
    files: new Map([
      ['other', 'kept'],
      ['key', one.keys[0]],
    ]),
  });
  expect(one.keys).toHaveLength(1);
});

test('a key that somebody else has put there is taken over, and one that is too short is neither used nor replaced', async () => {
  const store = new MemorySecret();
  const one = await Replica.started(store);
  const next = 'n'.repeat(44);
  store.put([['key', next]]);
  await one.look();
  expect(one.keys.at(-1)).toBe(next);
  store.put([['key', 'short']]);
  await one.look();
  expect(store.stored?.files.get('key')).toBe('short');
  expect(one.keys.at(-1)).toBe(next);
  expect(JSON.stringify(one.log.lines)).toContain('is too short');
  expect(JSON.stringify(one.log.lines)).not.toContain(next);
});

test('while the store cannot be read the known key stays, and the first one is waited for unless it cannot be had', async () => {
  const store = new MemorySecret();
  const one = await Replica.started(store);
  store.fault = new Error('away');
  await one.look();
  await one.look(1000);
  expect(one.keys).toHaveLength(1);
  expect(one.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);

  const waiting = new Replica(store);
  await waiting.look(0);
  expect(waiting.isTried).toBe(false);
  const without = new Replica(store, true);
  await without.look(0);
  expect([without.isTried, without.keys]).toEqual([true, []]);
  store.fault = undefined;
  await waiting.look(1000);
  await without.look();
  expect([waiting.keys, without.keys]).toEqual([one.keys, one.keys]);
});
