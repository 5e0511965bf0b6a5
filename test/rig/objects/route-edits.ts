import * as fc from 'fast-check';
import { anyRouteFilter } from './any-traffic-edit.ts';
import { edit, type Edit } from './edit.ts';
import * as m from './manifests.ts';

const routes = [
  ['default', 'r0'],
  ['default', 'r1'],
  ['default', 'r2'],
  ['default', 'r3'],
  ['other', 'r4'],
] as const;
const grants = [
  ['other', 'g0'],
  ['other', 'g1'],
  ['default', 'g2'],
] as const;

/** Edits of HTTPRoutes and ReferenceGrants. */
export const routeEdits = {
  routes: () => fc.oneof(...routes.map(([namespace, name]) => routeEdit(namespace, name))),
  grants: () => fc.oneof(...grants.map(([namespace, name]) => grantEdit(namespace, name))),
};

const serviceRef = fc
  .record({
    name: fc.constantFrom('app', 'app2', 'missing'),
    namespace: fc.constantFrom(undefined, 'default', 'other'),
    port: fc.constantFrom(80, 81),
  })
  .map(({ namespace, ...ref }) => (namespace === undefined ? ref : { ...ref, namespace }));

const backendRef = fc.oneof(
  { weight: 4, arbitrary: serviceRef },
  { weight: 1, arbitrary: fc.constantFrom(m.toObject(), m.toObject('outside', { namespace: 'other' })) },
);

const mirror = backendRef.map((ref) => ({ type: 'RequestMirror', requestMirror: { backendRef: ref } }));

const ruleFilter = fc.oneof({ weight: 3, arbitrary: mirror }, { weight: 1, arbitrary: anyRouteFilter });

const weightedRef = fc
  .record({ ref: backendRef, weight: fc.constantFrom(1, 0, 3), filters: fc.array(mirror, { maxLength: 1 }) })
  .map(({ ref, ...rest }) => ({ ...ref, ...rest }));

const rule = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      matches: fc.constantFrom('/', '/a', '/b/c').map((value) => [{ path: { type: 'PathPrefix', value } }]),
      backendRefs: fc.array(weightedRef, { maxLength: 2 }),
      filters: fc.array(ruleFilter, { maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] },
      { filters: [{ type: 'ExtensionRef', extensionRef: { group: 'x.io', kind: 'Y', name: 'z' } }] },
      { matches: [{ path: { type: 'RegularExpression', value: '(?=no)re2' } }], backendRefs: [m.backend()] },
    ),
  },
);

const parentSets = [
  [{ name: 'web', namespace: 'default' }],
  [{ name: 'edge', namespace: 'default' }],
  [
    { name: 'web', namespace: 'default' },
    { name: 'edge', namespace: 'default' },
  ],
  [
    { name: 'web', namespace: 'default', sectionName: 'http' },
    { name: 'web', namespace: 'default', sectionName: 's-a' },
  ],
  [{ name: 'web', namespace: 'default', port: 80 }],
  [{ kind: 'ListenerSet', name: 'ls0', namespace: 'default' }],
  [
    { name: 'web', namespace: 'default' },
    { kind: 'ListenerSet', name: 'ls0', namespace: 'default' },
    { kind: 'ListenerSet', name: 'ls1', namespace: 'other', sectionName: 'wild' },
  ],
];
const hostnames = ['a.example.com', '*.example.com', 'b.example.com', 'example.org', 'x.a.example.com'];

function routeEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
      parentRefs: fc.constantFrom(...parentSets),
      names: fc.subarray(hostnames, { maxLength: 2 }),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      labels: fc.constantFrom({}, {}, { team: 'a' }, { team: 'b', zone: 'z' }),
    })
    .map(({ rules, names, ...rest }) => m.httpRoute(rules, { name, namespace, hostnames: names, ...rest }));
  return edit('HTTPRoute', namespace, name, manifest);
}

function grantEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const manifest = fc
    .record({
      from: fc.record({
        group: fc.constantFrom(
          'gateway.networking.k8s.io',
          'gateway.networking.k8s.io',
          'gateway.envoyproxy.io',
        ),
        kind: fc.constantFrom(
          'HTTPRoute',
          'Gateway',
          'ListenerSet',
          'EnvoyExtensionPolicy',
          'BackendTrafficPolicy',
          'HTTPRouteFilter',
          'SecurityPolicy',
        ),
        namespace: fc.constantFrom('default', 'other'),
      }),
      to: fc.constantFrom<object>(
        { kind: 'Service' },
        { kind: 'Secret' },
        { kind: 'Service', name: 'app' },
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
      ),
    })
    .map(({ from, to }) => ({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name, namespace },
      spec: { from: [from], to: [{ group: '', ...to }] },
    }));
  return edit('ReferenceGrant', namespace, name, manifest);
}
