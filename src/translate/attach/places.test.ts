import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { gateway, gatewayClass, httpListener } from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { covers, intersects } from '../../kinds/shape/hostname.ts';
import { must } from '../../lib/assert.ts';
import { readOurGateway } from './ownership.ts';
import { placesOf } from './places.ts';

const hostnames = ['*', '*.test', '*.a.test', 'a.test', 'x.a.test', '*.x.a.test', 'b.test'];

const anyListener = fc.record({
  hostname: fc.constantFrom(...hostnames),
  port: fc.constantFrom(80, 81),
  isOpen: fc.boolean(),
});

const anyRoute = fc.record({
  hostnames: fc.uniqueArray(fc.constantFrom(...hostnames.slice(1)), { maxLength: 3 }),
  sections: fc.uniqueArray(fc.nat(5), { maxLength: 2 }),
  port: fc.constantFrom(undefined, undefined, 80),
});

function specificity(hostname: string): number {
  return hostname === '*' ? 0 : hostname.length + (hostname.startsWith('*') ? 0 : 1000);
}

test('a route serves the domains that the definition of listener isolation gives it', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyListener, {
        maxLength: 6,
        selector: ({ hostname, port }) => `${hostname}:${port}`,
      }),
      anyRoute,
      (listeners, route) => {
        const own = route.hostnames.length === 0 ? ['*'] : route.hostnames;
        const isNamed = (i: number) =>
          (route.sections.length === 0 || route.sections.includes(i)) &&
          (route.port ?? listeners[i]?.port) === listeners[i]?.port;
        const expected = [80, 81].flatMap((port) => {
          const ofPort = listeners.flatMap((one, i) => (one.port === port ? [{ ...one, i }] : []));
          const domains = new Set([...own, ...ofPort.map(({ hostname }) => hostname)]);
          return [...domains].flatMap((domain) => {
            const [owner] = ofPort
              .filter(({ hostname }) => covers(hostname, domain))
              .sort((a, b) => specificity(b.hostname) - specificity(a.hostname));
            const isServed =
              owner?.isOpen === true &&
              isNamed(owner.i) &&
              own.some((hostname) => covers(hostname, domain) && intersects(hostname, owner.hostname));
            return isServed ? [`${port} l${owner.i} ${domain}`] : [];
          });
        });
        expect(found(listeners, route).sort()).toEqual(expected.sort());
      },
    ),
    { numRuns: 500 },
  );
});

function found(
  listeners: readonly { hostname: string; port: number; isOpen: boolean }[],
  route: { hostnames: readonly string[]; sections: readonly number[]; port: number | undefined },
): string[] {
  if (listeners.length === 0) return [];
  const manifests = listeners.map(({ hostname, port, isOpen }, i) =>
    httpListener({
      name: `l${i}`,
      port,
      ...(hostname === '*' ? {} : { hostname }),
      allowedRoutes: { namespaces: { from: isOpen ? 'Same' : 'None' } },
    }),
  );
  const reader = new MemoryReader([gatewayClass(), gateway(manifests)]);
  const web = must(readOurGateway(reader, 'default', 'web'), 'Gateway');
  const parent = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' };
  const port = route.port === undefined ? {} : { port: route.port };
  const parentRefs =
    route.sections.length === 0
      ? [{ ...parent, ...port }]
      : route.sections.map((section) => ({ ...parent, ...port, sectionName: `l${section}` }));
  const attaching = {
    kind: 'HTTPRoute',
    namespace: 'default',
    hostnames: route.hostnames,
    parentRefs,
  } as const;
  return placesOf(reader, web, attaching).map(
    ({ owner, domain }) => `${owner.listener.port} ${owner.listener.name} ${domain}`,
  );
}
