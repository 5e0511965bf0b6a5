import { expect, test } from 'vitest';
import { lowerBound, Pages, startsPage } from './pages.ts';

interface Item {
  readonly key: string;
  readonly startsPage: boolean;
}

function item(key: string): Item {
  return { key, startsPage: startsPage(key) };
}

/** Counts the items that are made again after one is added and after one is removed, among `size` others. */
function costs(size: number): { comes: number; goes: number; pages: number } {
  let made = 0;
  const pages = new Pages<Item, number>((items) => {
    made += items.length;
    return items.length;
  });
  for (let i = 0; i < size; i++) pages.put(item(`item-${String(i).padStart(6, '0')}`));
  pages.made();
  made = 0;
  pages.put(item('item-000500-more'));
  pages.made();
  const comes = made;
  made = 0;
  pages.delete('item-000500-more');
  const sum = pages.made().reduce((a, b) => a + b, 0);
  expect(sum).toBe(size);
  return { comes, goes: made, pages: pages.size };
}

test('a change of one item makes its page again, however many there are', () => {
  const few = costs(1000);
  const many = costs(50_000);
  expect(many.comes).toBe(few.comes);
  expect(many.goes).toBe(few.goes);
  expect(few.comes).toBeLessThan(400);
  expect(many.pages).toBeGreaterThan(400);
});

test('a search in halves asks as often as the number of items has digits in base two', () => {
  let asked = 0;
  const found = lowerBound(64_000, (i) => {
    asked++;
    return i < 41_234;
  });
  expect(found).toBe(41_234);
  expect(asked).toBeLessThanOrEqual(16);
});
