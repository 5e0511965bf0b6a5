import { expect, test } from 'vitest';
import { gateway, gatewayClass, httpListener } from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { must } from '../../lib/assert.ts';
import { readWholeGateway, type ListenerPlace } from '../attach/ownership.ts';
import { routeTables } from './misdirected.ts';

function https(hostname?: string, port = 443): object {
  const tls = { certificateRefs: [{ name: 'cert' }] };
  const name = `${hostname ?? 'any'}-${port}`.replaceAll('*', 'wild');
  return { name, port, protocol: 'HTTPS', tls, ...(hostname === undefined ? {} : { hostname }) };
}

function tables(...listeners: readonly object[]) {
  const reader = new MemoryReader([gatewayClass(), gateway(listeners)]);
  const found = routeTables(must(readWholeGateway(reader, 'default', 'web'), 'Gateway'));
  return Object.fromEntries(found.map(({ name, ...table }) => [name.replace('default/web/', ''), table]));
}

const plain = { elsewhere: [], rest: undefined };
const asking = (port = 443) => ({ askListener: `default/web/misdirected/${port}` });

test('a listener alone on its port, and cleartext ones, ask no other listener', () => {
  expect(
    tables(
      https('a.test'),
      https('a.test', 8443),
      httpListener(),
      httpListener({ name: 'b', hostname: 'b.test' }),
    ),
  ).toEqual({ '443:a.test': plain, '8443:a.test': plain, '80:*': plain });
});

test('what a table does not know is asked of the one that knows the port', () => {
  expect(tables(https('a.test'), https('*.b.test'))).toEqual({
    '443:a.test': { elsewhere: [], rest: asking() },
    '443:*.b.test': { elsewhere: [], rest: asking() },
    'misdirected/443:*': { elsewhere: ['*.b.test', 'a.test'], rest: undefined },
  });
});

test('a table names what it would take for its own', () => {
  expect(tables(https('*.test'), https('x.test'), https('*.x.test'))).toMatchObject({
    '443:*.test': { elsewhere: ['*.x.test', 'x.test'], rest: asking() },
    '443:x.test': { elsewhere: [], rest: asking() },
    '443:*.x.test': { elsewhere: [], rest: asking() },
  });
});

test('beside a listener for any name nothing is asked: every name has a listener', () => {
  expect(tables(https(), https('a.test'), https('b.test'))).toEqual({
    '443:*': { elsewhere: ['a.test', 'b.test'], rest: undefined },
    '443:a.test': { elsewhere: [], rest: 'misdirected' },
    '443:b.test': { elsewhere: [], rest: 'misdirected' },
  });
});

test('what the tables of a port hold, and what is read to make them, grow with its listeners', () => {
  const few = costOf(20);
  const many = costOf(2000);
  expect(many.domains).toBe(few.domains * 100);
  expect(many.reads).toBeLessThanOrEqual(few.reads * 100);
});

function costOf(length: number): { domains: number; reads: number } {
  let reads = 0;
  const byHostname = new Map(
    Array.from({ length }, (_, i): [string, ListenerPlace] => {
      const hostname = i % 2 === 0 ? `*.${i}.test` : `x.${i - 1}.test`;
      const state = {
        listener: { port: 443 },
        protocol: 'HTTPS' as const,
        get hostname() {
          reads++;
          return hostname;
        },
      };
      return [hostname, state];
    }),
  );
  const found = routeTables({
    namespace: 'default',
    name: 'web',
    hasRouteShards: false,
    ports: [{ port: 443, byHostname }],
    filteredPorts: [],
  });
  const domains = found.reduce((sum, { elsewhere }) => sum + elsewhere.length, 0);
  return { domains, reads };
}
