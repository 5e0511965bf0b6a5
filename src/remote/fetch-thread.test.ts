import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { FetchThread } from './fetch-thread.ts';

/** A worker that counts what it has begun, and never ends a task with a name for it. */
const source = `
let begun = 0;
export function hang() { begun++; return new Promise(() => {}); }
export function loop() { for (;;); }
export function count() { return begun; }
`;

let clock: ManualClock;
let thread: FetchThread;
let folder: string;

beforeEach(() => {
  clock = new ManualClock();
  folder = mkdtempSync(join(tmpdir(), 'thread-'));
  const file = join(folder, 'worker.mjs');
  writeFileSync(file, source);
  const entry = pathToFileURL(file);
  thread = new FetchThread({ entry, parallel: 4, data: {} }, clock);
});
afterEach(async () => {
  await thread.close();
  rmSync(folder, { recursive: true });
});

test('tasks run at once, up to the number that is given', async () => {
  const hanging = [1, 2, 3].map(() => thread.attempt('hang', {}, 1000).catch(() => 'ended'));
  expect(await thread.attempt('count', {}, 1000)).toBe(3);
  await thread.close();
  expect(await Promise.all(hanging)).toEqual(['ended', 'ended', 'ended']);
});

test.each(['hang', 'loop'])(
  'a worker that hangs (%s) is replaced after its time, and the attempts with it are late too',
  async (task) => {
    const late = { result: { kind: 'unreachable', reason: 'timeout' } };
    const others = ['hang', task].map((name) => thread.attempt(name, {}, 1000));
    const all = Promise.allSettled(others);
    await clock.advanceBy(11_000);
    expect(await all).toMatchObject(others.map(() => ({ status: 'rejected', reason: late })));
    expect(await thread.attempt('count', {}, 1000)).toBe(0);
  },
);
