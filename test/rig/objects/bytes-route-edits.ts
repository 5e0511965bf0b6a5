import * as fc from 'fast-check';
import { edit, type Edit } from './edit.ts';
import * as m from './manifests.ts';

const kinds = { TLSRoute: m.tlsRoute, TCPRoute: m.tcpRoute, UDPRoute: m.udpRoute } as const;

/** Edits of routes below HTTP: two of each kind, in two namespaces. */
export function bytesRouteEdits(): fc.Arbitrary<Edit> {
  const all = Object.entries(kinds).flatMap(([kind, make]) =>
    ['default', 'other'].map((namespace) => routeEdit(kind, make, namespace)),
  );
  return fc.oneof(...all);
}

const serviceRef = fc.record({
  name: fc.constantFrom('app', 'app2', 'missing'),
  namespace: fc.constantFrom('default', 'other'),
  port: fc.constantFrom(80, 81),
  weight: fc.constantFrom(1, 0, 3),
});

const objectRef = fc
  .record({ namespace: fc.constantFrom('default', 'other'), weight: fc.constantFrom(1, 3) })
  .map((fields) => m.toObject('outside', fields));

const backendRef = fc.oneof({ weight: 4, arbitrary: serviceRef }, { weight: 1, arbitrary: objectRef });

const web = { name: 'web', namespace: 'default' };
const parentSets = [
  [web],
  [web, { name: 'edge', namespace: 'default' }],
  [{ ...web, sectionName: 'tcp' }],
  [{ ...web, port: 443 }],
  [{ kind: 'ListenerSet', name: 'ls0', namespace: 'default' }],
];
const hostnames = ['a.example.com', '*.example.com', 'b.example.com', '*.com'];

function routeEdit(kind: string, make: typeof m.tlsRoute, namespace: string): fc.Arbitrary<Edit> {
  const name = `of-${kind.toLowerCase()}`;
  const manifest = fc
    .record({
      refs: fc.array(backendRef, { minLength: 1, maxLength: 2 }),
      parentRefs: fc.constantFrom(...parentSets),
      names: fc.subarray(hostnames, { maxLength: 2 }),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    })
    .map(({ refs, names, ...rest }) => {
      const own = kind === 'TLSRoute' ? { hostnames: names } : {};
      return make(refs, { name, namespace, ...own, ...rest });
    });
  return edit(kind, namespace, name, manifest);
}
