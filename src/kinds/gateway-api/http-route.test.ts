import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { httpRouteKind } from './http-route.ts';

function mirror(name: string) {
  return { type: 'RequestMirror', requestMirror: { backendRef: { name, namespace: 'other', port: 80 } } };
}

function rowOf(spec: object) {
  const parsed = httpRouteKind.parse({ metadata: { name: 'web' }, spec });
  if (parsed.kind !== 'row') throw new Error(JSON.stringify(parsed.problems));
  return parsed.row;
}

/** Returns the row of a spec that need not be readable as a whole. */
function httpRouteRow(spec: object) {
  const parsed = httpRouteKind.parse({ metadata: { name: 'web' }, spec });
  if (parsed.kind !== 'row') throw new Error('not a row');
  return parsed.row;
}

test('a route takes the defaults that an API server would set', () => {
  const row = rowOf({ parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [{ name: 'a', port: 80 }] }] });
  expect(decodeRow('HTTPRoute', row.bytes)).toEqual({
    metadata: { generation: 0, creationTimestamp: '', labels: [] },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' }],
      hostnames: [],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] }],
          filters: [],
          backendRefs: [{ group: '', kind: 'Service', name: 'a', port: 80, weight: 1, filters: [] }],
          timeouts: {},
        },
      ],
    },
  });
});

test('a route without rules has one that matches everything', () => {
  expect(decodeRow('HTTPRoute', rowOf({}).bytes).spec.rules).toHaveLength(1);
});

test('a field that is null counts as not given', () => {
  expect(rowOf({ hostnames: null, rules: [{ filters: null }] }).bytes).toEqual(rowOf({}).bytes);
});

test('what translation does not read leaves the row as it was', () => {
  const more = { resourceVersion: '7', annotations: { c: 'd' }, managedFields: [{}] };
  const parsed = httpRouteKind.parse({
    metadata: { name: 'web', ...more },
    spec: {},
    status: { parents: [] },
  });
  expect(parsed).toEqual({ kind: 'row', problems: [], row: rowOf({}) });
});

test('a route has a unit at each parent Gateway, once', () => {
  const row = rowOf({
    parentRefs: [
      { name: 'web', sectionName: 'a' },
      { name: 'web', sectionName: 'b' },
      { name: 'edge', namespace: 'infra' },
      { name: 'mesh', kind: 'Service', group: '' },
    ],
    hostnames: ['b.example.com', '*.a.example.com'],
  });
  expect(row.indexes).toEqual([]);
  expect(row.units).toEqual([
    'AttachedPolicies/default/web/HTTPRoute/default/web',
    'AttachedPolicies/infra/edge/HTTPRoute/default/web',
    'AttachedRoute/default/web/HTTPRoute/default/web',
    'AttachedRoute/infra/edge/HTTPRoute/default/web',
    'HTTPRoute/default/web',
  ]);
});

test('a route leads to every backend it names, mirrors included, and to the grants of other namespaces', () => {
  const row = rowOf({
    parentRefs: [{ name: 'web' }],
    rules: [{ filters: [mirror('m1')], backendRefs: [{ name: 'a', port: 80, filters: [mirror('m2')] }] }],
  });
  expect(row.follow).toEqual([
    '@ListenersOfHostname/default/web/*',
    '@ListenersUnderHostname/default/web/*',
    '@PoliciesNaming/HTTPRoute/default/web',
    '@PoliciesNaming/Service/default/a',
    '@PoliciesNaming/Service/other/m1',
    '@PoliciesNaming/Service/other/m2',
    '@PoliciesSelecting/HTTPRoute/*/',
    '@PoliciesSelecting/HTTPRoute/default/',
    '@ReferenceGrantsOf/other/gateway.networking.k8s.io/HTTPRoute/default//Service/',
    '@ReferenceGrantsOf/other/gateway.networking.k8s.io/HTTPRoute/default//Service/m1',
    '@ReferenceGrantsOf/other/gateway.networking.k8s.io/HTTPRoute/default//Service/m2',
    'AttachedPolicies/default/web/Gateway/default/web',
    'AttachedPolicies/default/web/HTTPRoute/default/web',
    'Namespace//default',
    'OurGateway/default/web',
    'Service/default/a',
    'Service/other/m1',
    'Service/other/m2',
  ]);
});

test('a rule that cannot be read keeps the matches that can, and the others are as they were', () => {
  const rules = [
    { matches: [{ method: 'GET' }, { method: 'FETCH' }], backendRefs: [{ name: 'a', port: 80 }] },
    { filters: [{ type: 'Cache' }] },
    { backendRefs: [{ name: 'b', port: 80 }] },
  ];
  const { spec } = decodeRow('HTTPRoute', httpRouteRow({ rules }).bytes);
  const [first, second, third] = spec.rules;
  expect(first?.matches.map((each) => 'method' in each && each.method)).toEqual(['GET']);
  expect(first?.unreadable?.map(({ path }) => path)).toEqual(['matches[1].method']);
  expect(second).toMatchObject({ filters: [], unreadable: [{ path: 'filters[0].type' }] });
  expect(third?.backendRefs).toHaveLength(1);
  expect(third?.unreadable).toBeUndefined();
});

test('hostnames that cannot be read make a route for no host, and never for all', () => {
  const { spec } = decodeRow('HTTPRoute', httpRouteRow({ hostnames: ['1.2.3.4'] }).bytes);
  expect(spec).toMatchObject({ hostnames: [], rules: [] });
  const some = decodeRow('HTTPRoute', httpRouteRow({ hostnames: ['1.2.3.4', 'a.test'] }).bytes).spec;
  expect(some.hostnames).toEqual(['a.test']);
  expect(some.rules).toHaveLength(1);
});

test('a reference that does not say which object it means is of no kind', () => {
  const parentRefs = [{ name: 'a', port: 0 }, { name: 'UPPER' }, { name: 'a', namespace: 7 }];
  const { spec } = decodeRow('HTTPRoute', httpRouteRow({ parentRefs }).bytes);
  expect(spec.parentRefs.map(({ kind, name }) => [kind, name])).toEqual([
    ['Gateway', 'a'],
    ['', ''],
    ['', 'a'],
  ]);
  expect(spec.parentRefs.every((ref) => ref.unreadable !== undefined)).toBe(true);
});

test('names of headers and parameters may be those of Object.prototype', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const headers = names.map((name) => ({ name, value: name }));
  const row = decodeRow(
    'HTTPRoute',
    rowOf({ rules: [{ matches: [{ headers, queryParams: headers }] }] }).bytes,
  );
  expect(row.spec.rules[0]?.matches[0]?.headers.map(({ name }) => name)).toEqual(names);
});
