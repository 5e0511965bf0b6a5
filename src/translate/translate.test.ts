import { expect, test } from 'vitest';
import {
  backend,
  endpointSlice,
  gateway,
  gatewayClass,
  httpListener,
  httpRoute,
  prefix,
  referenceGrant,
  service,
} from '../../test/rig/objects/manifests.ts';
import { selfSigned, tlsSecret } from '../../test/rig/objects/certificate.ts';
import { MemoryReader } from '../../test/rig/pipeline/memory-reader.ts';
import { translateAll } from '../../test/rig/pipeline/translation.ts';
import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import { noOutput } from '../batch/outcome.ts';
import type { Unit } from '../units/unit-def.ts';
import type { Reader } from './reader.ts';
import { translateUnit } from './translate.ts';

const https = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };
const pair = selfSigned(['a.test']);

test('a Gateway, a route, a Service and its endpoints become everything that a proxy needs', () => {
  const found = translateAll(new MemoryReader(objects()));
  expect([...found.listeners.keys()]).toEqual(['default/web/80', 'default/web/443'].sort());
  expect([...found.routes.keys()].sort()).toEqual(['default/web/443:*', 'default/web/80:*']);
  expect([...found.secrets.keys()]).toEqual(['default/cert']);
  expect([...found.clusters.keys()]).toEqual(['default/app/80/http1']);
  expect(found.endpoints.get('default/app/80')).toMatchObject({
    clusterName: 'default/app/80',
    endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '10.0.0.1' } } } }] }],
  });
  expect(found.routes.get('default/web/80:*')).toMatchObject({
    ignorePortInHostMatching: true,
    virtualHosts: [
      {
        name: '*',
        domains: ['*'],
        routes: [
          { name: 'default/route/0/0', match: { prefix: '/' }, route: { cluster: 'default/app/80/http1' } },
        ],
      },
    ],
  });
  expect(found.attachments).toEqual(['Gateway/default/web/http', 'Gateway/default/web/https']);
  expect([...found.statuses.keys()].sort()).toEqual([
    'Gateway/default/web',
    'GatewayClass//sluice',
    'HTTPRoute/default/route',
  ]);
});

test('a TLS listener chooses its certificate by server name, takes HTTP/2, and TLS from 1.2 on', () => {
  const listeners = [https, { ...https, name: 'a', hostname: '*.a.test' }];
  const found = translateAll(new MemoryReader(objects({ listeners })));
  const sds = {
    name: 'default/cert',
    sdsConfig: { ads: {}, initialFetchTimeout: '15s', resourceApiVersion: 'V3' },
  };
  expect(found.listeners.get('default/web/443')).toMatchObject({
    listenerFilters: [{ name: 'envoy.filters.listener.tls_inspector' }],
    filterChains: [
      {
        name: 'default/web/443:*',
        transportSocket: {
          typedConfig: {
            commonTlsContext: {
              alpnProtocols: ['h2', 'http/1.1'],
              tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_2' },
              tlsCertificateSdsSecretConfigs: [sds],
            },
          },
        },
      },
      { name: 'default/web/443:*.a.test', filterChainMatch: { serverNames: ['*.a.test'] } },
    ],
  });
});

test('a listener without a usable certificate costs no other listener anything', () => {
  const broken = { ...https, name: 'b', hostname: 'b.test', tls: { certificateRefs: [{ name: 'none' }] } };
  const both = translateAll(new MemoryReader(objects({ listeners: [https, broken] })));
  const alone = translateAll(new MemoryReader(objects({ listeners: [https] })));
  expect(both.listeners).toEqual(alone.listeners);
  expect(translateAll(new MemoryReader(objects({ listeners: [broken] }))).listeners.size).toBe(0);
});

test('no route, backend, endpoint or certificate is in a Listener, as its change would drain connections', () => {
  const other = httpRoute([{ matches: [prefix('/x')], backendRefs: [] }]);
  expect(listenerVersion([...objects(), other, tlsSecret('cert', selfSigned(['b.test']))])).toBe(
    listenerVersion(objects()),
  );
});

test('the order of rows, listeners and rules that do not compete changes no byte of a Cluster or Listener', () => {
  const rules = [
    { matches: [prefix('/a')], backendRefs: [backend()] },
    { matches: [prefix('/b')], backendRefs: [backend()] },
  ];
  const a = translateAll(new MemoryReader(objects({ rules })));
  const b = translateAll(
    new MemoryReader(objects({ rules: rules.toReversed(), listeners: [https, httpListener()] }).toReversed()),
  );
  expect(b.clusters).toEqual(a.clusters);
  expect(b.listeners).toEqual(a.listeners);
  expect(b.endpoints).toEqual(a.endpoints);
});

test('a route refers to the clusters of every backend and mirror that it may use, and to no other', () => {
  const rules = [
    {
      filters: [mirror('m1')],
      backendRefs: [
        backend('app', { filters: [mirror('m2')] }),
        backend('zero', { weight: 0 }),
        backend('none'),
      ],
    },
  ];
  const services = ['m1', 'm2', 'zero'].map((name) => service(name));
  const reader = new MemoryReader([...objects({ rules }), ...services]);
  const unit: Unit = { kind: 'AttachedRoute', namespace: 'default', name: 'web', route: routeKey('route') };
  expect(translateUnit(unit, reader).refs).toEqual([
    'Cluster/default/app/80/http1',
    'Cluster/default/m1/80/http1',
    'Cluster/default/m2/80/http1',
  ]);
});

test('objects may be called like parts of an object', () => {
  const names = ['constructor', 'valueof', 'hasownproperty', 'tostring'];
  const manifests = names.flatMap((name) => [
    service(name),
    endpointSlice(['10.0.0.7'], { name, service: name }),
    httpRoute(
      [
        {
          matches: [{ ...prefix(`/${name}`), headers: [{ name: '__proto__', value: 'x' }] }],
          backendRefs: [backend(name)],
        },
      ],
      { name },
    ),
  ]);
  const found = translateAll(new MemoryReader([...objects(), ...manifests]));
  for (const name of names) {
    expect(found.clusters.has(`default/${name}/80/http1`)).toBe(true);
    expect(JSON.stringify(found.routes.get('default/web/80:*'))).toContain(
      `"pathSeparatedPrefix":"/${name}"`,
    );
  }
});

test('a Gateway of another controller gives nothing, whatever it refers to', () => {
  const foreign = { ...gatewayClass(), spec: { controllerName: 'example.com/other' } };
  const found = translateAll(new MemoryReader([...objects(), foreign]));
  const sizes = [
    found.listeners,
    found.routes,
    found.clusters,
    found.endpoints,
    found.secrets,
    found.statuses,
  ];
  expect(sizes.map((table) => table.size)).toEqual([0, 0, 0, 0, 0, 0]);
});

test('without any row, every unit gives an empty output', () => {
  const names = { namespace: 'a', name: 'b' };
  const units: Unit[] = [
    { kind: 'Object', object: resourceKey('GatewayClass', '', 'a') },
    { kind: 'EffectiveListeners', ...names },
    { kind: 'Object', object: resourceKey('Gateway', names.namespace, names.name) },
    { kind: 'Listener', ...names, transport: 'tcp', port: 80 },
    { kind: 'AttachedRoute', ...names, route: routeKey('r') },
    { kind: 'Object', object: resourceKey('HTTPRoute', names.namespace, names.name) },
    { kind: 'Secret', ...names },
  ];
  for (const unit of units) {
    expect(translateUnit(unit, new MemoryReader([]))).toEqual(noOutput);
  }
});

test('a unit asks for what it will read in few round trips, however many rows these are', () => {
  const otherServices = Array.from({ length: 20 }, (_, i) => service(`s${i}`, { namespace: 'other' }));
  const from = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' };
  const routes = otherServices.map((_, i) => {
    const backendRefs = [{ name: `s${i}`, namespace: 'other', port: 80 }];
    return httpRoute([{ matches: [prefix(`/${i}`)], backendRefs }], { name: `r${i}` });
  });
  const slices = Array.from({ length: 20 }, (_, i) => endpointSlice([`10.0.1.${i}`], { name: `slice-${i}` }));
  const grant = referenceGrant(from, { group: '', kind: 'Service' }, 'other');
  const reader = new MemoryReader([...objects(), ...otherServices, ...routes, ...slices, grant]);
  const trips = (unit: Unit) => new StagedReader(reader).trips(unit);
  const web = { namespace: 'default', name: 'web' };
  // Gateway and the route; indexes of listeners; listeners; class, Services, policies and the indexes of grants.
  expect(trips({ kind: 'AttachedRoute', ...web, route: routeKey('r1') })).toBe(5);
  // Settings and the route; Gateway; indexes of listeners; listeners; Services and the indexes of grants.
  expect(trips({ kind: 'Object', object: routeKey('r1') })).toBe(5);
  // Listeners, Gateway and settings; class and Secrets.
  expect(trips({ kind: 'Object', object: resourceKey('Gateway', 'default', 'web') })).toBe(2);
  expect(trips({ kind: 'Listener', ...web, transport: 'tcp', port: 443 })).toBe(3);
  expect(trips({ kind: 'ClusterLoadAssignment', endpoints: 'default/app/80' })).toBe(2);
  expect(trips({ kind: 'Cluster', cluster: 'default/app/80/http1' })).toBe(0);
});

function routeKey(name: string): ResourceKey {
  return resourceKey('HTTPRoute', 'default', name);
}

function listenerVersion(manifests: readonly object[]): string | undefined {
  const unit: Unit = { kind: 'Listener', namespace: 'default', name: 'web', transport: 'tcp', port: 443 };
  return translateUnit(unit, new MemoryReader(manifests)).resources[0]?.version;
}

function mirror(name: string): object {
  return { type: 'RequestMirror', requestMirror: { backendRef: backend(name) } };
}

interface ObjectsOptions {
  readonly listeners?: readonly object[];
  readonly rules?: readonly object[];
}

function objects({
  listeners = [httpListener(), https],
  rules = [{ backendRefs: [backend()] }],
}: ObjectsOptions = {}) {
  return [
    gatewayClass(),
    gateway(listeners),
    tlsSecret('cert', pair),
    service(),
    endpointSlice(['10.0.0.1']),
    httpRoute(rules),
  ];
}

/** Lacks rows like a batch, and counts how often a unit must go again. */
class StagedReader implements Reader {
  readonly #inner: MemoryReader;
  readonly #known = new Set<ReadKey>();
  #missing = new Set<ReadKey>();

  constructor(inner: MemoryReader) {
    this.#inner = inner;
  }

  trips(unit: Unit): number {
    for (let trips = 0; ; trips++) {
      try {
        translateUnit(unit, this);
      } catch (error) {
        if (this.#missing.size === 0) throw error;
      }
      if (this.#missing.size === 0) return trips;
      for (const key of this.#missing) this.#known.add(key);
      this.#missing = new Set();
    }
  }

  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined {
    return this.#has(resourceKey(kind, namespace, name)) ? this.#inner.row(kind, namespace, name) : undefined;
  }

  index(key: IndexKey): readonly ResourceKey[] {
    return this.#has(key) ? this.#inner.index(key) : [];
  }

  expect(keys: readonly ReadKey[]): void {
    const isFirst = this.#missing.size === 0;
    const lacking = keys.filter((key) => !this.#has(key));
    if (isFirst && lacking.length > 0) throw new Error('rows missing');
  }

  #has(key: ReadKey): boolean {
    if (!this.#known.has(key)) this.#missing.add(key);
    return this.#known.has(key);
  }
}
