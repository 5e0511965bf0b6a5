import { BinaryWriter } from '@bufbuild/protobuf/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RouteFragment } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { VirtualHost } from './virtual-host.ts';
import { VirtualHosts } from './virtual-hosts.ts';

const table = 'ns/gw/80:*';

/** A route with entries of several ranks, which stand between those of other routes. */
function fragment(domain: string, route: number, revision: number, entries = 1): RouteFragment {
  const owner = `HTTPRoute/ns/r${route}` as ResourceKey;
  return {
    routeConfiguration: table,
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

/** VirtualHosts of these fragments by name, by the general encoder. */
function plain(fragments: readonly RouteFragment[]): Map<string, string> {
  const domains = [...new Set(fragments.map(({ domain }) => domain))];
  return new Map(
    domains.map((domain) => {
      const entries = fragments
        .filter((one) => one.domain === domain)
        .flatMap((one) => one.entries)
        .toSorted((a, b) => (a.order < b.order ? -1 : 1));
      const name = `${table}/${domain}`;
      const head = new BinaryWriter()
        .uint32((1 << 3) | 2)
        .string(name)
        .uint32((2 << 3) | 2)
        .string(domain)
        .finish();
      return [name, hex(Buffer.concat([head, ...entries.map(({ bytes }) => bytes)]))];
    }),
  );
}

function served(hosts: VirtualHosts): Map<string, string> {
  return new Map(
    [...hosts.namesOf(table)].map((name) => [name, hex(hosts.all.get(name)?.resource?.bytes ?? [])]),
  );
}

function hex(bytes: Uint8Array | readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}

function hostOf(hosts: VirtualHosts, domain: string): VirtualHost | undefined {
  return hosts.all.get(`${table}/${domain}`);
}

function made(fragments: readonly RouteFragment[]): VirtualHosts {
  const hosts = new VirtualHosts(() => {});
  for (const one of fragments) hosts.put(one);
  return hosts;
}

const place = fc.oneof(
  fc.record({
    domain: fc.integer({ min: 0, max: 40 }).map((i) => `host-${i}.example.com`),
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

test('hosts are the same bytes and versions as fresh ones with the same fragments, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const hosts = new VirtualHosts(() => {});
      const wanted = new Map<string, RouteFragment>();
      for (const {
        place: { domain, route },
        revision,
        entries,
      } of steps) {
        const key = `${domain} ${route}`;
        const next = revision === null ? undefined : fragment(domain, route, revision, entries);
        if (next === undefined) {
          wanted.delete(key);
          hosts.delete(fragment(domain, route, 0));
        } else {
          wanted.set(key, next);
          hosts.put(next);
        }
      }
      hosts.forgetEmpty();
      const fresh = made([...wanted.values()]);
      expect(served(hosts)).toEqual(plain([...wanted.values()]));
      expect(hosts.all.size).toBe(fresh.all.size);
      for (const [name, host] of hosts.all) expect(host.resource).toEqual(fresh.all.get(name)?.resource);
    }),
    { numRuns: 200 },
  );
});

test('a change of a fragment is a change of its host alone, and an equal fragment is none', () => {
  const changes: string[] = [];
  const hosts = new VirtualHosts((name) => changes.push(name));
  for (let i = 0; i < 100; i++) hosts.put(fragment(`host-${i}.test`, i, 0));
  const others = new Map([...hosts.all].map(([name, host]) => [name, host.resource]));
  changes.length = 0;
  hosts.put(fragment('host-7.test', 7, 0));
  expect(changes).toEqual([]);
  hosts.put(fragment('host-7.test', 7, 1));
  expect(changes).toEqual([`${table}/host-7.test`]);
  for (const [name, host] of hosts.all)
    if (name !== `${table}/host-7.test`) expect(host.resource).toBe(others.get(name));
});

test('a change of one of 3,000 routes of a host copies and hashes a page of them, and leaves the others as they are', () => {
  const hosts = made(Array.from({ length: 3000 }, (_, i) => fragment('api.example.com', i, 0)));
  const before = new Set(hostOf(hosts, 'api.example.com')?.resource?.parts);
  hosts.put(fragment('api.example.com', 1234, 0, 2));
  const parts = hostOf(hosts, 'api.example.com')?.resource?.parts ?? [];
  const fresh = parts.filter((part) => !before.has(part));
  // Its head, and the pages of the entries that it has and had.
  expect(fresh.length).toBeLessThanOrEqual(3);
  expect(parts.length).toBeGreaterThan(20);
});

test('a domain is there as long as any fragment is of it, be it one without entries', () => {
  const own = fragment('a.example.com', 0, 0, 0);
  const hosts = made([own]);
  expect(served(hosts)).toEqual(plain([own]));
  hosts.put(fragment('a.example.com', 1, 0));
  hosts.delete(own);
  expect(served(hosts)).toEqual(plain([fragment('a.example.com', 1, 0)]));
  hosts.delete(fragment('a.example.com', 1, 0));
  expect(served(hosts)).toEqual(new Map());
  hosts.forgetEmpty();
  expect(hosts.all.size).toBe(0);
});

test('a route that is created again in its old place gives the old version', () => {
  const [older, newer] = ['2025', '2026'].map((age) => {
    const fragments = Array.from({ length: 200 }, (_, i) => fragment('a.example.com', i, 0));
    const aged = fragments.map((one) => ({
      ...one,
      entries: one.entries.map((entry) => ({ ...entry, order: entry.order.replace('2026', age) })),
    }));
    return hostOf(made(aged), 'a.example.com')?.resource?.version;
  });
  expect(older).toBe(newer);
});

test('of many routes of one host, the one that is rejected is found and named; the others are served', () => {
  const routes = Array.from({ length: 500 }, (_, i) => fragment('api.example.com', i, 0));
  const hosts = made(routes);
  const host = hostOf(hosts, 'api.example.com');
  const bad = Buffer.from('r77.0=0').toString('hex');
  let answers = 0;
  for (; answers < 100; answers++) {
    const version = host?.resource?.version ?? '';
    if (hex(host?.resource?.bytes ?? []).includes(bad))
      host?.reject({ version, message: '77 is bad', since: 0 }, false);
    else {
      host?.acknowledged(version);
      if ([...(host?.rejections() ?? [])].length === 1 && host?.resource?.version === version) break;
    }
  }
  expect(answers).toBeLessThan(30);
  expect([...(host?.rejections() ?? [])]).toMatchObject([
    { domain: 'api.example.com', madeOf: ['HTTPRoute/ns/r77'], rejected: { message: '77 is bad' } },
  ]);
  expect(served(hosts)).toEqual(plain(routes.filter((_, i) => i !== 77)));
});

test('a host whose only route is rejected is not served, and comes back when that is mended', () => {
  const hosts = made([fragment('a.test', 0, 0)]);
  const host = hostOf(hosts, 'a.test');
  host?.reject({ version: host.resource?.version ?? '', message: 'bad', since: 0 }, false);
  hosts.noteState(`${table}/a.test`);
  expect([...hosts.namesOf(table)]).toEqual([]);
  expect([...hosts.rejected].map(({ name }) => name)).toEqual([`${table}/a.test`]);
  hosts.forgetEmpty();
  hosts.put(fragment('a.test', 0, 1));
  expect(served(hosts)).toEqual(plain([fragment('a.test', 0, 1)]));
});

test('the kept parts of a host keep no other bytes alive', () => {
  const hosts = made(Array.from({ length: 300 }, (_, i) => fragment('one.test', i, 0)));
  const [, ...parts] = hostOf(hosts, 'one.test')?.resource?.parts ?? [];
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.map(({ buffer }) => buffer.byteLength)).toEqual(parts.map(({ length }) => length));
});

test('a host that is removed while proxies reject it is forgotten with its rejection', () => {
  const one = fragment('a.test', 0, 0);
  const hosts = made([one]);
  const host = hostOf(hosts, 'a.test');
  host?.reject({ version: host.resource?.version ?? '', message: 'no', since: 0 }, true);
  hosts.noteState(`${table}/a.test`);
  expect(hosts.rejected.size).toBe(1);
  hosts.delete(one);
  hosts.forgetEmpty();
  expect([hosts.all.size, hosts.rejected.size]).toEqual([0, 0]);
});
