import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { Incoming } from './incoming.ts';

function fixture() {
  const clock = new ManualClock();
  const stream = new PassThrough();
  const events: string[] = [];
  let kept = 0;
  let read = 0;
  stream.on('data', (chunk: Buffer) => (read += chunk.length));
  stream.pause();
  const incoming = new Incoming(stream, {
    clock,
    onFirst: () => events.push('first'),
    onSilent: () => events.push('silent'),
    onKept: (bytes) => (kept += bytes),
  });
  const send = async (bytes: number): Promise<void> => {
    stream.write(Buffer.alloc(bytes));
    await turn();
  };
  return { clock, stream, events, incoming, send, kept: () => kept, read: () => read };
}

test('of a client that waits only the first bytes are read, and its place is asked for once', async () => {
  const { stream, events, incoming, send, read, kept } = fixture();
  await turn();
  expect(events).toEqual([]);
  for (let i = 0; i < 3; i++) await send(100);
  expect([events, read(), kept()]).toEqual([['first'], 100, 100]);
  incoming.read();
  stream.resume();
  await turn();
  expect([events, read(), kept()]).toEqual([['first'], 300, 300]);
});

test('what has come is kept until the message after it is processed, or the stream closed', async () => {
  const { stream, incoming, send, kept } = fixture();
  incoming.read();
  stream.resume();
  await send(105);
  await send(40);
  incoming.took(100);
  expect(kept()).toBe(145);
  incoming.took(35);
  expect(kept()).toBe(40);
  incoming.close();
  expect(kept()).toBe(0);
  await send(50);
  incoming.took(85);
  expect(kept()).toBe(0);
});

test('a client that says nothing is silent after ten seconds, however long one waits that has spoken', async () => {
  const { clock, events } = fixture();
  await clock.advanceBy(9_999);
  expect(events).toEqual([]);
  await clock.advanceBy(1);
  expect(events).toEqual(['silent']);
  const other = fixture();
  await turn();
  await other.send(1);
  await other.clock.advanceBy(3_600_000);
  expect(other.events).toEqual(['first']);
});

test('a first message may come as slowly as a slow link brings it, and no slower', async () => {
  const { clock, events, stream, incoming, send } = fixture();
  await send(10);
  incoming.read();
  stream.resume();
  for (let i = 0; i < 5; i++) {
    for (let k = 0; k < 10; k++) await send(64_000);
    await clock.advanceBy(10_000);
  }
  expect(events).toEqual(['first']);
  await send(600_000);
  await clock.advanceBy(10_000);
  expect(events).toEqual(['first', 'silent']);
});

test('who has sent a first message may be silent afterwards', async () => {
  const { clock, events, stream, incoming, send } = fixture();
  incoming.read();
  stream.resume();
  await send(105);
  incoming.took(100);
  await clock.advanceBy(3_600_000);
  expect(events).not.toContain('silent');
});
