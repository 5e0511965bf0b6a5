import { expect, test } from 'vitest';
import {
  backend,
  gateway,
  gatewayClass,
  httpListener,
  httpRoute,
  prefix,
  service,
  type RouteOptions,
} from '../../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../../test/rig/pipeline/memory-reader.ts';
import { selfSigned, tlsSecret } from '../../../../test/rig/objects/certificate.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import type { RouteFragmentIR, RouteIR } from '../../ir.ts';
import { readWholeGateway } from '../../attach/ownership.ts';
import { gatewayDomains } from '../gateway-domains.ts';
import { translateAttachedRoute } from './attached-route.ts';

test('a route without hostnames serves every name of a listener without one', () => {
  const reader = readerOf([httpListener()], [route('a')]);
  expect(domains(reader, '*')).toEqual({ 'default/web/80:*': ['default/a/0/0'] });
  expect(domains(reader, 'other.test')).toEqual({});
});

test('a route is served under the names that it shares with its listener, as the specification has it', () => {
  const listeners = [httpListener({ hostname: '*.example.com' })];
  const reader = readerOf(listeners, [
    route('any'),
    route('wide', { hostnames: ['*.com'] }),
    route('same', { hostnames: ['*.example.com'] }),
    route('exact', { hostnames: ['a.example.com'] }),
    route('deep', { hostnames: ['*.b.example.com'] }),
    route('outside', { hostnames: ['example.com', 'a.example.net'] }),
  ]);
  expect(domains(reader, '*.example.com')).toEqual({
    'default/web/80:*': ['default/same/0/0', 'default/wide/0/0', 'default/any/0/0'],
  });
  expect(domains(reader, 'a.example.com')).toEqual({ 'default/web/80:*': ['default/exact/0/0'] });
  expect(domains(reader, '*.b.example.com')).toEqual({ 'default/web/80:*': ['default/deep/0/0'] });
  for (const domain of ['*', '*.com', 'example.com', 'a.example.net'])
    expect(domains(reader, domain)).toEqual({});
});

test('several hostnames of a route that mean the same domain put it there once', () => {
  const hostnames = ['*.com', '*.example.com', 'a.example.com'];
  const reader = readerOf([httpListener({ hostname: 'a.example.com' })], [route('r', { hostnames })]);
  expect(domains(reader, 'a.example.com')).toEqual({ 'default/web/80:*': ['default/r/0/0'] });
});

test('only routes of the most specific listener answer for a domain', () => {
  const listeners = [
    httpListener({ name: 'any' }),
    httpListener({ name: 'wild', hostname: '*.example.com' }),
    httpListener({ name: 'exact', hostname: 'a.example.com' }),
  ];
  const reader = readerOf(listeners, [
    route('on-any', {
      parentRefs: [{ name: 'web', sectionName: 'any' }],
      hostnames: ['a.example.com', 'z.test'],
    }),
    route('on-wild', { parentRefs: [{ name: 'web', sectionName: 'wild' }] }),
    route('on-all'),
  ]);
  expect(domains(reader, 'a.example.com')).toEqual({ 'default/web/80:*': ['default/on-all/0/0'] });
  expect(domains(reader, '*.example.com')).toEqual({
    'default/web/80:*': ['default/on-all/0/0', 'default/on-wild/0/0'],
  });
  expect(domains(reader, 'z.test')).toEqual({ 'default/web/80:*': ['default/on-any/0/0'] });
});

test('a listener without routes still keeps its domain from the wildcard of another one', () => {
  const listeners = [
    httpListener({ name: 'any' }),
    httpListener({ name: 'exact', hostname: 'a.example.com' }),
  ];
  const reader = readerOf(listeners, [route('r', { parentRefs: [{ name: 'web', sectionName: 'any' }] })]);
  expect(domains(reader, 'a.example.com')).toEqual({ 'default/web/80:*': [] });
});

test('a parentRef with a port attaches to the listeners of that port only', () => {
  const listeners = [httpListener({ name: 'a' }), httpListener({ name: 'b', port: 8080 })];
  const reader = readerOf(listeners, [route('r', { parentRefs: [{ name: 'web', port: 8080 }] })]);
  expect(domains(reader, '*')).toEqual({ 'default/web/80:*': [], 'default/web/8080:*': ['default/r/0/0'] });
});

test('matches of all routes of a domain are in order of precedence', () => {
  const reader = readerOf(
    [httpListener()],
    [
      at('prefix', prefix('/a')),
      at('longer', prefix('/a/b')),
      at('exact', { path: { type: 'Exact', value: '/a' } }),
      at('regex', { path: { type: 'RegularExpression', value: '/a.*' } }),
      at('method', { ...prefix('/a'), method: 'GET' }),
      at('older', prefix('/a'), '2020-01-01T00:00:00Z'),
    ],
  );
  expect(domains(reader, '*')['default/web/80:*']).toEqual([
    'default/exact/0/0',
    'default/regex/0/0',
    'default/longer/0/0',
    'default/method/0/0',
    'default/older/0/0',
    'default/prefix/0/0',
  ]);
});

test('the name of a route is of its object, its rule by name or number, and the match', () => {
  const rules = [{ matches: [prefix('/c'), prefix('/b')] }, { name: 'canary', matches: [prefix('/a')] }];
  const reader = readerOf(
    [httpListener()],
    [
      httpRoute(
        rules.map((rule) => ({ ...rule, backendRefs: [backend()] })),
        { name: 'r' },
      ),
    ],
  );
  expect(domains(reader, '*')['default/web/80:*']).toEqual([
    'default/r/0/0',
    'default/r/0/1',
    'default/r/canary/0',
  ]);
});

test('a domain of one HTTPS listener is in its own table alone', () => {
  const secret = tlsSecret('cert', selfSigned(['a.test']));
  const listeners = [https('any'), https('a', 'a.test'), https('wild', '*.test')];
  const reader = readerOf(listeners, [route('r'), secret]);
  expect(domains(reader, 'a.test')).toEqual({ 'default/web/443:a.test': ['default/r/0/0'] });
  expect(domains(reader, '*')).toEqual({ 'default/web/443:*': ['default/r/0/0'] });
});

test.each([
  ['the port of the listener', {}, [{ port: 8080 }]],
  ['the well-known port of its scheme', { scheme: 'https' }, [{ port: 443 }, { port: undefined }]],
  ['its own port', { port: 8443 }, [{ port: 8443 }]],
  ['its own scheme and port', { scheme: 'https', port: 8443 }, [{ port: 8443 }]],
  ['a well-known port', { scheme: 'https', port: 443 }, [{ port: 443 }, { port: undefined }]],
  ['the other port of its scheme', { scheme: 'https', port: 80 }, [{ port: 80 }]],
  ['another host', { scheme: 'https', hostname: 'x.test' }, [{ port: undefined, hostname: 'x.test' }]],
])(
  'a redirect goes to %s, and writes a well-known port only where the client gave one',
  (_, filter, expected) => {
    const reader = readerOf([httpListener({ port: 8080 })], [redirecting(filter)]);
    const [host] = Object.values(routesOf(reader, '*'));
    expect(host?.map((entry) => entry.action)).toMatchObject(expected);
    const withPort = host?.map((entry) => entry.match.headers.map((header) => header.name));
    expect(withPort).toEqual(expected.length === 2 ? [[':authority'], []] : [[]]);
  },
);

test('a redirect without a hostname names that of its domain, as the port in the Host header is not the one meant', () => {
  const reader = readerOf([httpListener({ hostname: 'a.test' })], [redirecting({})]);
  const [host] = Object.values(routesOf(reader, 'a.test'));
  expect(host?.map((entry) => entry.action)).toMatchObject([{ hostname: 'a.test', port: undefined }]);
});

test('a Gateway of another controller has no domains', () => {
  const reader = readerOf([httpListener()], [route('r')]);
  reader.put({ ...gatewayClass(), spec: { controllerName: 'example.com/other' } });
  expect(domains(reader, '*')).toEqual({});
});

function readerOf(listeners: readonly object[], others: readonly object[]): MemoryReader {
  return new MemoryReader([gatewayClass(), gateway(listeners), service(), ...others]);
}

function route(name: string, options: RouteOptions = {}): object {
  return httpRoute([{ backendRefs: [backend()] }], { name, ...options });
}

function at(name: string, match: object, creationTimestamp = '2026-01-01T00:00:00Z'): object {
  return httpRoute([{ matches: [match], backendRefs: [backend()] }], { name, creationTimestamp });
}

function https(name: string, hostname?: string): object {
  const tls = { certificateRefs: [{ name: 'cert' }] };
  return { name, port: 443, protocol: 'HTTPS', tls, ...(hostname === undefined ? {} : { hostname }) };
}

function redirecting(requestRedirect: object): object {
  return httpRoute([{ filters: [{ type: 'RequestRedirect', requestRedirect }] }]);
}

function domains(reader: MemoryReader, domain: string): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(routesOf(reader, domain)).map(([name, routes]) => [name, routes.map((one) => one.name)]),
  );
}

function routesOf(reader: MemoryReader, domain: string): Record<string, RouteIR[]> {
  const web = readWholeGateway(reader, 'default', 'web');
  const all = [
    ...(web === undefined ? [] : gatewayDomains(web, [], () => ({ auths: [], problems: [] }))),
    ...attachedRoutes(reader),
  ].filter((fragment) => fragment.domain === domain);
  const names = [...new Set(all.map((fragment) => fragment.table))];
  return Object.fromEntries(
    names.map((name) => {
      const entries = all
        .filter((fragment) => fragment.table === name)
        .flatMap((fragment) => fragment.entries);
      return [name, entries.toSorted((a, b) => (a.order < b.order ? -1 : 1)).flatMap(({ routes }) => routes)];
    }),
  );
}

function attachedRoutes(reader: MemoryReader): RouteFragmentIR[] {
  return [...reader.rows.keys()].flatMap((key) => {
    if (splitResourceKey(key).kind !== 'HTTPRoute') return [];
    return translateAttachedRoute(reader, { namespace: 'default', name: 'web' }, key).fragments;
  });
}
