import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { StallWatch } from './stall-watch.ts';

/** The first letter of a name is its fleet. */
interface Client {
  readonly name: string;
  readonly fleet: string;
}

function watch(): {
  readonly clock: ManualClock;
  readonly it: {
    wrote(client: string, bytes: number): void;
    took(client: string, bytes: number): void;
    forget(client: string): void;
  };
  readonly stalled: string[];
} {
  const clock = new ManualClock();
  const stalled: string[] = [];
  const watched = new StallWatch<Client>({ stalledAfterMs: 60_000 }, clock, ({ name }) => stalled.push(name));
  const clients = new Map<string, Client>();
  const client = (name: string): Client => {
    const known = clients.get(name) ?? { name, fleet: name.charAt(0) };
    clients.set(name, known);
    return known;
  };
  const it = {
    wrote: (name: string, bytes: number) => watched.wrote(client(name), bytes),
    took: (name: string, bytes: number) => watched.took(client(name), bytes),
    forget: (name: string) => watched.forget(client(name)),
  };
  return { clock, it, stalled };
}

test('a client that takes nothing for a minute is stalled, and the others are not', async () => {
  const { clock, it, stalled } = watch();
  it.wrote('a', 1000);
  it.wrote('b', 1000);
  it.took('b', 1000);
  await clock.advanceBy(59_000);
  expect(stalled).toEqual([]);
  await clock.advanceBy(10_000);
  expect(stalled).toEqual(['a']);
});

test('a client that takes one of its messages has another minute for the next', async () => {
  const { clock, it, stalled } = watch();
  for (let i = 0; i < 5; i++) it.wrote('a', 1000);
  for (let i = 0; i < 4; i++) {
    await clock.advanceBy(50_000);
    it.took('a', 1000);
  }
  expect(stalled).toEqual([]);
  await clock.advanceBy(70_000);
  expect(stalled).toEqual(['a']);
});

test('a client on a slow link has as long as a large message takes', async () => {
  const { clock, it, stalled } = watch();
  it.wrote('a', 64_000 * 120);
  await clock.advanceBy(170_000);
  expect(stalled).toEqual([]);
  await clock.advanceBy(30_000);
  expect(stalled).toEqual(['a']);
});

test('a client that has disconnected, or was reported, is not reported again', async () => {
  const { clock, it, stalled } = watch();
  it.wrote('a', 1000);
  it.wrote('b', 1000);
  it.forget('a');
  await clock.advanceBy(300_000);
  expect(stalled).toEqual(['b']);
});

test('clients of a fleet that has very much to take have seconds, unless they take something; others have their time', async () => {
  const { clock, it, stalled } = watch();
  for (let i = 0; i < 80; i++) it.wrote(`a${i}`, 1024 * 1024);
  it.wrote('b', 1024 * 1024);
  await clock.advanceBy(5_000);
  it.took('a7', 1000);
  await clock.advanceBy(2_500);
  expect(stalled).toHaveLength(79);
  expect(stalled).not.toContain('a7');
  await clock.advanceBy(45_000);
  expect(stalled).toHaveLength(79);
});
