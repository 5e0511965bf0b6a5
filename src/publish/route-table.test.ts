import { BinaryWriter } from '@bufbuild/protobuf/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RouteFragment, XdsResource } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { RouteTable } from './route-table.ts';

const header: XdsResource = {
  typeUrl: 'route',
  name: 'ns/gw/80',
  version: 'h',
  bytes: Buffer.from('header'),
  madeOf: ['Gateway/ns/gw' as ResourceKey],
  names: [],
};

/** A route with entries of several ranks, which stand between those of other routes. */
function fragment(domain: string, route: number, revision: number, entries = 1): RouteFragment {
  const owner = `HTTPRoute/ns/r${route}` as ResourceKey;
  return {
    routeConfiguration: 'ns/gw/80',
    domain,
    owner,
    version: `${domain} ${route} ${revision} ${entries}`,
    madeOf: [owner],
    entries: Array.from({ length: entries }, (_, i) => ({
      order: `${(route * 7 + i * 13 + revision) % 10} 2026 ns/r${route} ${i}`,
      rule: '',
      bytes: routesField(`r${route}.${i}=${revision}`),
    })),
  };
}

function routesField(text: string): Uint8Array {
  return new BinaryWriter()
    .uint32((3 << 3) | 2)
    .string(text)
    .finish();
}

/** A RouteConfiguration of these fragments, by the general encoder. */
function plain(fragments: readonly RouteFragment[]): string {
  const domains = [...new Set(fragments.map(({ domain }) => domain))].sort();
  const hosts = domains.map((domain) => {
    const entries = fragments
      .filter((one) => one.domain === domain)
      .flatMap((one) => one.entries)
      .toSorted((a, b) => (a.order < b.order ? -1 : 1));
    const own = new BinaryWriter()
      .uint32((1 << 3) | 2)
      .string(domain)
      .uint32((2 << 3) | 2)
      .string(domain)
      .finish();
    const message = Buffer.concat([own, ...entries.map(({ bytes }) => bytes)]);
    return new BinaryWriter()
      .uint32((2 << 3) | 2)
      .bytes(message)
      .finish();
  });
  return Buffer.concat([header.bytes, ...hosts]).toString('hex');
}

function bytesOf(table: RouteTable): string {
  return Buffer.from(table.resource?.bytes ?? []).toString('hex');
}

const place = fc.oneof(
  fc.record({
    domain: fc.integer({ min: 0, max: 400 }).map((i) => `host-${i}.example.com`),
    route: fc.integer({ min: 0, max: 3 }),
  }),
  // A host with many routes, whose entries are more than a page.
  fc.record({ domain: fc.constant('api.example.com'), route: fc.integer({ min: 0, max: 300 }) }),
);
const step = fc.record({
  place,
  revision: fc.option(fc.integer({ min: 0, max: 3 })),
  entries: fc.integer({ min: 0, max: 3 }),
});

test('a table is the same bytes and version as a fresh one with the same fragments, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      let changes = 0;
      const table = new RouteTable(() => changes++);
      table.setHeader(header);
      const wanted = new Map<string, RouteFragment>();
      for (const {
        place: { domain, route },
        revision,
        entries,
      } of steps) {
        const before = changes;
        const key = `${domain} ${route}`;
        const next = revision === null ? undefined : fragment(domain, route, revision, entries);
        const isDifferent = next?.version !== wanted.get(key)?.version;
        if (next === undefined) {
          wanted.delete(key);
          table.delete(fragment(domain, route, 0));
        } else {
          wanted.set(key, next);
          table.put(next);
        }
        expect(changes - before).toBe(isDifferent ? 1 : 0);
      }
      const fresh = new RouteTable();
      fresh.setHeader(header);
      for (const one of wanted.values()) fresh.put(one);
      expect(bytesOf(table)).toBe(plain([...wanted.values()]));
      expect(table.resource).toEqual(fresh.resource);
    }),
    { numRuns: 200 },
  );
});

test('a change of one of 3,000 routes of a host copies and hashes a page of them, and leaves the others as they are', () => {
  const table = new RouteTable();
  table.setHeader(header);
  for (let i = 0; i < 3000; i++) table.put(fragment('api.example.com', i, 0));
  const before = new Set(table.resource?.parts);
  table.put(fragment('api.example.com', 1234, 0, 2));
  const parts = table.resource?.parts ?? [];
  const fresh = parts.filter((part) => !before.has(part));
  // Its head, whose length is another one now, and the pages of the entries that it has and had.
  expect(fresh.length).toBeLessThanOrEqual(3);
  expect(parts.length).toBeGreaterThan(20);
});

test('a domain is there as long as any fragment is of it, be it one without entries', () => {
  const table = new RouteTable();
  table.setHeader(header);
  const own = fragment('a.example.com', 0, 0, 0);
  table.put(own);
  expect(bytesOf(table)).toBe(plain([own]));
  table.put(fragment('a.example.com', 1, 0));
  table.delete(own);
  expect(bytesOf(table)).toBe(plain([fragment('a.example.com', 1, 0)]));
  table.delete(fragment('a.example.com', 1, 0));
  expect(bytesOf(table)).toBe(plain([]));
});

test('a route that is created again in its old place gives the old version', () => {
  const [older, newer] = ['2025', '2026'].map((age) => {
    const table = new RouteTable();
    table.setHeader(header);
    for (let i = 0; i < 200; i++) {
      const one = fragment('a.example.com', i, 0);
      const entries = one.entries.map((entry) => ({ ...entry, order: entry.order.replace('2026', age) }));
      table.put({ ...one, entries });
    }
    return table.resource?.version;
  });
  expect(older).toBe(newer);
});

test('a table without its own bytes is not served, and keeps its virtual hosts until it has them', () => {
  const table = new RouteTable();
  table.put(fragment('a.example.com', 0, 0));
  expect(table.resource).toBeUndefined();
  table.setHeader(header);
  expect(bytesOf(table)).toBe(plain([fragment('a.example.com', 0, 0)]));
});

test('reading twice without a change gives the same object', () => {
  const table = new RouteTable();
  table.setHeader(header);
  table.put(fragment('a.example.com', 0, 0));
  const before = table.resource;
  table.put(fragment('a.example.com', 0, 0));
  expect(table.resource).toBe(before);
});

test('of many routes of one host, the one that is rejected is found and named; the others are served', () => {
  const table = new RouteTable();
  table.setHeader(header);
  const routes = Array.from({ length: 500 }, (_, i) => fragment('api.example.com', i, 0));
  for (const route of routes) table.put(route);
  const bad = Buffer.from('r77.0=0').toString('hex');
  let answers = 0;
  for (; answers < 100; answers++) {
    const version = table.resource?.version ?? '';
    if (bytesOf(table).includes(bad)) table.reject({ version, message: '77 is bad', since: 0 }, false);
    else {
      table.acknowledged(version);
      if ([...table.rejections()].length === 1 && table.resource?.version === version) break;
    }
  }
  expect(answers).toBeLessThan(30);
  expect([...table.rejections()]).toMatchObject([
    { domain: 'api.example.com', madeOf: ['HTTPRoute/ns/r77'], rejected: { message: '77 is bad' } },
  ]);
  expect(bytesOf(table)).toBe(plain(routes.filter((_, i) => i !== 77)));
});

test('the kept parts of a table keep no other bytes alive', () => {
  const table = new RouteTable();
  table.setHeader(header);
  for (let i = 0; i < 300; i++) table.put(fragment(i % 2 === 0 ? 'one.test' : `of-${i}.test`, i, 0));
  const [, ...parts] = table.resource?.parts ?? [];
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.map(({ buffer }) => buffer.byteLength)).toEqual(parts.map(({ length }) => length));
});
