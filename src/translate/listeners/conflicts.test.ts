import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers } from '../../kinds/shape/hostname.ts';
import { conflicts, mostSpecific, overlaps, type Place } from './conflicts.ts';

function place(name: string, protocol: Place['protocol'], port: number, hostname = '*'): Place {
  return { listener: { name, port }, protocol, hostname };
}

const places = fc
  .array(
    fc.record({
      protocol: fc.constantFrom('HTTP' as const, 'HTTPS' as const),
      port: fc.constantFrom(80, 443),
      hostname: fc.constantFrom('*', '*.a.test', 'a.test', 'x.a.test', '*.x.a.test', 'b.test', 'test'),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map(({ protocol, port, hostname }, i) => place(`l${i}`, protocol, port, hostname)));

test('listeners conflict as the specification says of each pair of them', () => {
  fc.assert(
    fc.property(places, (all) => {
      const found = conflicts(all);
      for (const one of all) {
        const others = all.filter((other) => other !== one && other.listener.port === one.listener.port);
        const expected = others.some(({ protocol }) => protocol !== one.protocol)
          ? 'ProtocolConflict'
          : others.some(({ hostname }) => hostname === one.hostname)
            ? 'HostnameConflict'
            : undefined;
        expect(found.get(one)).toBe(expected);
      }
    }),
  );
});

test('TLS listeners of a port overlap where one hostname covers the other', () => {
  fc.assert(
    fc.property(places, (all) => {
      const refused = conflicts(all);
      const served = all.filter((one) => !refused.has(one));
      const found = overlaps(served);
      for (const one of served) {
        const expected = served.filter(
          (other) =>
            other !== one &&
            one.protocol === 'HTTPS' &&
            other.protocol === 'HTTPS' &&
            other.listener.port === one.listener.port &&
            (covers(other.hostname, one.hostname) || covers(one.hostname, other.hostname)),
        );
        const names = expected.map(({ listener }) => listener.name);
        expect([...(found.get(one) ?? [])].sort()).toEqual(names.sort());
      }
    }),
  );
});

test('a domain belongs to the most specific hostname that covers it', () => {
  const byHostname = new Map(
    ['*', '*.a.test', 'x.a.test', '*.x.a.test'].map((hostname) => [hostname, hostname]),
  );
  const owner = (domain: string) => mostSpecific(byHostname, domain);
  expect(['x.a.test', 'y.a.test', 'z.x.a.test', '*.a.test', '*.y.a.test', 'a.test', '*'].map(owner)).toEqual([
    'x.a.test',
    '*.a.test',
    '*.x.a.test',
    '*.a.test',
    '*.a.test',
    '*',
    '*',
  ]);
  byHostname.delete('*');
  expect(owner('a.test')).toBeUndefined();
});

test('what is read of listeners grows with their number, and not with its square', () => {
  expect(readsOf(2500)).toBe(readsOf(50) * 50);
});

function readsOf(length: number): number {
  let reads = 0;
  const all = Array.from({ length }, (_, i) => ({
    listener: { name: `l${i}`, port: 443 },
    protocol: 'HTTPS' as const,
    get hostname() {
      reads++;
      return i % 2 === 0 ? `${i}.example.com` : `*.${i}.example.com`;
    },
  }));
  expect(conflicts(all).size).toBe(0);
  expect(overlaps(all).size).toBe(0);
  return reads;
}
