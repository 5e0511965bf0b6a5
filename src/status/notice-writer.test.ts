import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import type { Notice } from '../kinds/notice.ts';
import type { ResourceKey } from '../lib/key.ts';
import { NoticeWriter, type NoticeResult } from './notice-writer.ts';

function notice(namespace: string, name: string): string {
  const object = `HTTPRoute/${namespace}/${name}` as ResourceKey;
  return JSON.stringify({ object, reason: 'NoSuchParent', message: `of ${name}` } satisfies Notice);
}

class Fixture {
  readonly clock = new ManualClock();
  readonly log = new SilentLog();
  readonly written: string[] = [];
  result: NoticeResult = 'written';
  all: readonly string[] = [];
  readonly writer = new NoticeWriter({
    clock: this.clock,
    log: this.log,
    all: () => this.all,
    write: async ({ object }) => {
      this.written.push(object.slice('HTTPRoute/'.length));
      return this.result;
    },
  });

  add(namespace: string, count: number): void {
    for (let i = 0; i < count; i++) this.writer.changed(notice(namespace, String(i)), true);
  }

  messages(): string[] {
    return this.log.lines.map(({ message }) => message);
  }
}

test('a notice that stays true is written once, with a line; and a line says when it is no longer true', async () => {
  const f = new Fixture();
  f.writer.start();
  f.writer.changed(notice('a', 'x'), true);
  await f.clock.advanceBy(100_000);
  expect(f.written).toEqual(['a/x']);
  f.writer.changed(notice('a', 'x'), false);
  expect(f.messages()).toEqual(['of x', 'no longer true: of x']);
});

test('a notice that is soon false is not written', async () => {
  const f = new Fixture();
  f.writer.start();
  f.writer.changed(notice('a', 'x'), true);
  await f.clock.advanceBy(200);
  f.writer.changed(notice('a', 'x'), false);
  await f.clock.advanceBy(100_000);
  expect(f.written).toEqual([]);
  expect(f.log.lines).toEqual([]);
});

test('a namespace with thousands of notices delays no other, and costs ten Events in ten seconds', async () => {
  const f = new Fixture();
  f.writer.start();
  f.add('noisy', 3000);
  await f.clock.advanceBy(1000);
  f.add('quiet', 2);
  await f.clock.advanceBy(1000);
  expect(f.written.filter((id) => id.startsWith('quiet/'))).toHaveLength(2);
  expect(f.written).toHaveLength(12);
  await f.clock.advanceBy(100_000);
  expect(f.written.length).toBeGreaterThan(100);
  expect(f.written.length).toBeLessThanOrEqual(2 + 10 * 11);
  expect(new Set(f.written).size).toBe(f.written.length);
});

test('a notice that turns on and off is bounded as others are', async () => {
  const f = new Fixture();
  f.writer.start();
  for (let i = 0; i < 100; i++) {
    f.writer.changed(notice('a', 'x'), true);
    await f.clock.advanceBy(400);
    f.writer.changed(notice('a', 'x'), false);
  }
  expect(f.written.length).toBeGreaterThan(10);
  expect(f.written.length).toBeLessThanOrEqual(50);
});

test('an Event without an answer is tried again, with one line in all; one that is refused is not', async () => {
  const f = new Fixture();
  f.writer.start();
  f.result = 'unavailable';
  f.writer.changed(notice('a', 'x'), true);
  await f.clock.advanceBy(5000);
  const tries = f.written.length;
  expect(tries).toBeGreaterThan(1);
  f.result = 'refused';
  await f.clock.advanceBy(100_000);
  expect(f.written).toHaveLength(tries + 1);
  expect(f.messages()).toEqual(['of x']);
});

test('only a leader writes: what is true when it starts, and nothing after it stops', async () => {
  const f = new Fixture();
  f.writer.changed(notice('a', 'early'), true);
  await f.clock.advanceBy(1000);
  expect(f.written).toEqual([]);
  f.all = [notice('a', 'early')];
  f.writer.start();
  f.writer.changed(notice('a', 'late'), true);
  await f.writer.stop();
  await f.clock.advanceBy(1000);
  expect(f.written).toEqual([]);
  f.writer.start();
  await f.clock.advanceBy(1000);
  expect(f.written).toEqual(['a/early']);
});
