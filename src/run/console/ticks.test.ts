import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/rig/pipeline/manual-clock.ts';
import { Ticks } from './ticks.ts';

/** Response as far as the ticks need it. */
class Page extends EventEmitter {
  readonly written: string[] = [];
  status = 0;
  writableNeedDrain = false;

  writeHead(status: number): void {
    this.status = status;
  }

  write(text: string): void {
    this.written.push(text);
  }

  end(text: string): void {
    this.write(text);
  }

  get events(): number {
    return this.written.filter((text) => text.includes('data: ')).length;
  }
}

function started() {
  const clock = new ManualClock();
  const seen = { collected: 0, opened: 0, closed: 0 };
  const ticks = new Ticks({
    clock,
    tick: async () => ({ n: ++seen.collected }),
    onOpen: () => {
      seen.opened++;
      return () => void seen.closed++;
    },
  });
  const open = async (): Promise<Page> => {
    const page = new Page();
    await ticks.open(page as unknown as ServerResponse);
    return page;
  };
  return { clock, seen, open };
}

test('nothing is collected without a page, nor after the last one has closed', async () => {
  const { clock, seen, open } = started();
  await clock.advanceBy(10_000);
  expect(seen).toEqual({ collected: 0, opened: 0, closed: 0 });
  const page = await open();
  await clock.advanceBy(2000);
  expect(seen).toEqual({ collected: 3, opened: 1, closed: 0 });
  page.emit('close');
  await clock.advanceBy(10_000);
  expect(seen).toEqual({ collected: 3, opened: 1, closed: 1 });
  await open();
  expect(seen).toEqual({ collected: 4, opened: 2, closed: 1 });
});

test('eight pages cost one tick a second, and a ninth is refused', async () => {
  const { clock, seen, open } = started();
  const pages = await Promise.all(Array.from({ length: 8 }, open));
  const before = seen.collected;
  await clock.advanceBy(3000);
  expect(seen.collected - before).toBe(3);
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]));
  const ninth = await open();
  expect([ninth.status, ninth.written]).toEqual([503, ['8 consoles are open: close one of them\n']]);
  pages[0]?.emit('close');
  expect((await open()).status).toBe(200);
});

test('a page that does not read misses ticks', async () => {
  const { clock, open } = started();
  const page = await open();
  page.writableNeedDrain = true;
  await clock.advanceBy(60_000);
  expect(page.events).toBe(1);
  page.writableNeedDrain = false;
  await clock.advanceBy(1000);
  expect(page.events).toBe(2);
});
