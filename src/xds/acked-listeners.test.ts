import { expect, test } from 'vitest';
import type { TypeUrl } from '../publish/type-table.ts';
import { AckedListeners } from './acked-listeners.ts';

class Proxy {
  asked = 0;
  readonly has: Map<string, string>;

  constructor(has: Readonly<Record<string, string>> = {}) {
    this.has = new Map(Object.entries(has));
  }

  hasVersion(_: TypeUrl, name: string, version: string): boolean {
    this.asked++;
    return this.has.get(name) === version;
  }
}

test('what one of many proxies has is looked for once, and what none has is not looked for again', () => {
  const proxies = Array.from({ length: 400 }, () => new Proxy());
  const acked = new AckedListeners(proxies);
  const asked = () => proxies.reduce((sum, proxy) => sum + proxy.asked, 0);
  expect(acked.has('a', '1')).toBe(false);
  expect(asked()).toBe(400);
  for (let i = 0; i < 1000; i++) expect(acked.has('a', '1')).toBe(false);
  expect(asked()).toBe(400);
  const last = proxies.at(-1) ?? new Proxy();
  last.has.set('a', '1');
  expect(acked.note(last, new Map([['a', '1']]))).toBe(true);
  expect(acked.has('a', '1')).toBe(true);
  expect(asked()).toBe(401);
  for (const proxy of proxies) expect(acked.note(proxy, new Map([['a', '1']]))).toBe(false);
});

test('when the proxy that had it leaves, or has another version, the others are asked', () => {
  const [one, other] = [new Proxy({ a: '1' }), new Proxy({ a: '1' })];
  const proxies = new Set([one, other]);
  const acked = new AckedListeners(proxies);
  expect(acked.has('a', '1')).toBe(true);
  proxies.delete(one);
  expect(acked.left(one)).toBe(true);
  expect(acked.left(one)).toBe(false);
  expect(acked.has('a', '1')).toBe(true);
  other.has.set('a', '2');
  expect(acked.has('a', '1')).toBe(false);
  expect(acked.has('a', '2')).toBe(true);
});

test('a version that was not asked for may be news, and one that was removed is', () => {
  const proxy = new Proxy({ a: '1' });
  const acked = new AckedListeners([proxy]);
  expect(acked.note(proxy, new Map([['a', '1']]))).toBe(true);
  expect(acked.has('a', '1')).toBe(true);
  expect(acked.note(proxy, new Map([['a', undefined]]))).toBe(true);
});

test('what none had may be had by one that says so when it asks', () => {
  const proxy = new Proxy();
  const acked = new AckedListeners([proxy]);
  expect(acked.has('a', '1')).toBe(false);
  proxy.has.set('a', '1');
  acked.forgetMissing();
  expect(acked.has('a', '1')).toBe(true);
});
