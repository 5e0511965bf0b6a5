import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { tcpRouteKind } from './tcp-route.ts';
import { tlsRouteKind } from './tls-route.ts';
import { udpRouteKind } from './udp-route.ts';

const backendRefs = [{ name: 'app', port: 80, weight: 3 }];
const kinds = { TLSRoute: tlsRouteKind, TCPRoute: tcpRouteKind, UDPRoute: udpRouteKind } as const;

type Name = keyof typeof kinds;
const names = Object.keys(kinds) as Name[];

function parsed(name: Name, spec: object) {
  const found = kinds[name].parse({ metadata: { name: 'route', namespace: 'default' }, spec });
  if (found.kind === 'invalid') throw new Error('the object is refused');
  return { ...found.row, problems: found.problems ?? [], spec: decodeRow(name, found.row.bytes).spec };
}

test.each(names)('a %s has a rule with weighted backends, and units at each Gateway', (name) => {
  const { spec, units, follow, problems } = parsed(name, {
    parentRefs: [{ name: 'web' }, { name: 'web', namespace: 'infra' }],
    rules: [{ backendRefs }],
  });
  expect(problems).toEqual([]);
  expect(spec.rules).toEqual([
    { backendRefs: [{ group: '', kind: 'Service', name: 'app', port: 80, weight: 3 }] },
  ]);
  const route = `${name}/default/route`;
  expect(units).toEqual(
    [
      route,
      ...['default/web', 'infra/web'].flatMap((gateway) => [
        `AttachedPolicies/${gateway}/${route}`,
        `RoutePlaces/${gateway}/${route}`,
      ]),
    ].sort(),
  );
  expect(follow).toContain('Service/default/app');
});

test.each(names)('a %s keeps what can be read of a rule, and no more than one rule', (name) => {
  const broken = parsed(name, { rules: [{ name: 'one', backendRefs: [{ name: 'app' }] }] });
  expect(broken.problems).toEqual([
    { path: 'spec.rules[0].backendRefs[0].port', message: 'is required for a Service' },
  ]);
  expect(broken.spec.rules).toMatchObject([{ name: 'one', backendRefs: [] }]);
  const two = parsed(name, { rules: [{ backendRefs }, { backendRefs }] });
  expect(two.problems.map(({ path }) => path)).toEqual(['spec.rules']);
  expect(two.spec.rules).toEqual([]);
});

test('a TLSRoute whose hostnames cannot be read is for none', () => {
  const rules = [{ backendRefs }];
  const some = parsed('TLSRoute', { hostnames: ['a.test', 5], rules });
  expect(some.spec).toMatchObject({ hostnames: ['a.test'], rules: [{}] });
  const none = parsed('TLSRoute', { hostnames: 'a.test', rules });
  expect(none.spec).toMatchObject({ hostnames: [], rules: [] });
});
