import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VirtualHostFragment, XdsResource } from '../batch/outcome.ts';
import { RouteTable } from './route-table.ts';

const header: XdsResource = {
  typeUrl: 'route',
  name: 'ns/gw/80',
  version: 'h',
  bytes: Buffer.from('header'),
  madeOf: [],
  names: [],
};

function fragment(domain: string, revision: number): VirtualHostFragment {
  const text = `${domain}=${revision};`;
  return { routeConfiguration: 'ns/gw/80', domain, version: text, bytes: Buffer.from(text) };
}

const domains = fc.integer({ min: 0, max: 400 }).map((i) => `host-${i}.example.com`);
const step = fc.record({ domain: domains, revision: fc.option(fc.integer({ min: 0, max: 3 })) });

test('a table is the same bytes and version as a fresh one with the same virtual hosts, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      let changes = 0;
      const table = new RouteTable(() => changes++);
      table.setHeader(header);
      const wanted = new Map<string, number>();
      for (const { domain, revision } of steps) {
        const before = changes;
        const isDifferent = (revision ?? undefined) !== wanted.get(domain);
        if (revision === null) {
          wanted.delete(domain);
          table.delete(domain);
        } else {
          wanted.set(domain, revision);
          table.put(fragment(domain, revision));
        }
        expect(changes - before).toBe(isDifferent ? 1 : 0);
      }
      const fresh = new RouteTable();
      fresh.setHeader(header);
      for (const [domain, revision] of wanted) fresh.put(fragment(domain, revision));
      const text = [...wanted]
        .map(([domain, revision]) => `${domain}=${revision};`)
        .sort()
        .join('');
      expect(Buffer.from(table.resource?.bytes ?? []).toString()).toBe(`header${text}`);
      expect(table.resource).toEqual(fresh.resource);
    }),
    { numRuns: 200 },
  );
});

test('a table without its own bytes is not served, and keeps its virtual hosts until it has them', () => {
  const table = new RouteTable();
  table.put(fragment('a.example.com', 0));
  expect(table.resource).toBeUndefined();
  table.setHeader(header);
  expect(Buffer.from(table.resource?.bytes ?? []).toString()).toBe('headera.example.com=0;');
});

test('reading twice without a change gives the same object', () => {
  const table = new RouteTable();
  table.setHeader(header);
  table.put(fragment('a.example.com', 0));
  const before = table.resource;
  table.put(fragment('a.example.com', 0));
  expect(table.resource).toBe(before);
});
