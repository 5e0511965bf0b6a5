import { expect, test } from 'vitest';
import { gateway, gatewayClass, httpListener, referenceGrant } from '../../../test/rig/objects/manifests.ts';
import { MemoryReader } from '../../../test/rig/pipeline/memory-reader.ts';
import { selfSigned, tlsSecret } from '../../../test/rig/objects/certificate.ts';
import type { Condition } from '../conditions.ts';
import { gatewayReport } from './gateway-report.ts';
import { readWholeGateway } from '../attach/ownership.ts';

const pair = selfSigned(['a.test']);

test('a good Gateway is accepted, and says nothing about the data plane', () => {
  expect(report([httpListener()])).toEqual({
    gateway: { Accepted: 'True/Accepted', Programmed: 'Unknown/Pending' },
    http: {
      Accepted: 'True/Accepted',
      Conflicted: 'False/NoConflicts',
      ResolvedRefs: 'True/ResolvedRefs',
      Programmed: 'Unknown/Pending',
    },
  });
});

test('no conflicting listener wins', () => {
  const found = report([
    httpListener({ name: 'a', port: 80, hostname: 'x.test' }),
    {
      name: 'b',
      port: 80,
      protocol: 'HTTPS',
      hostname: 'y.test',
      tls: { certificateRefs: [{ name: 'cert' }] },
    },
    httpListener({ name: 'c', port: 81 }),
  ]);
  for (const name of ['a', 'b']) {
    expect(found[name]).toMatchObject({
      Accepted: 'False/ProtocolConflict',
      Conflicted: 'True/ProtocolConflict',
      Programmed: 'False/Invalid',
    });
  }
  expect(found['c']).toMatchObject({ Accepted: 'True/Accepted', Conflicted: 'False/NoConflicts' });
  expect(found['gateway']).toMatchObject({ Accepted: 'True/ListenersNotValid' });
});

test('a listener of an unknown protocol is refused without harming its port', () => {
  const sctp = { name: 'sctp', port: 80, protocol: 'test.dev/SCTP' };
  const found = report([httpListener(), sctp]);
  expect(found['sctp']).toMatchObject({
    Accepted: 'False/UnsupportedProtocol',
    Conflicted: 'False/NoConflicts',
  });
  expect(found['http']).toMatchObject({ Accepted: 'True/Accepted' });
  const alone = report([sctp]);
  expect(alone['gateway']).toEqual({ Accepted: 'False/ListenersNotValid', Programmed: 'False/Invalid' });
});

test('a TCP listener shares its port with UDP alone', () => {
  const tcp = { name: 'tcp', port: 80, protocol: 'TCP' };
  const udp = { name: 'udp', port: 80, protocol: 'UDP' };
  expect(report([tcp, udp])).toMatchObject({
    tcp: { Accepted: 'True/Accepted', Conflicted: 'False/NoConflicts' },
    udp: { Accepted: 'True/Accepted', Conflicted: 'False/NoConflicts' },
  });
  for (const other of [httpListener(), { ...tcp, name: 'http' }]) {
    const found = report([tcp, other]);
    expect(found['tcp']).toMatchObject({ Conflicted: 'True/ProtocolConflict' });
    expect(found['http']).toMatchObject({ Conflicted: 'True/ProtocolConflict' });
  }
});

test.each([
  ['a good Secret', { name: 'cert' }, 'True/ResolvedRefs', 'Unknown/Pending'],
  ['a missing Secret', { name: 'none' }, 'False/InvalidCertificateRef', 'False/Invalid'],
  ['another kind', { kind: 'ConfigMap', name: 'cert' }, 'False/InvalidCertificateRef', 'False/Invalid'],
  ['another group', { group: 'example.com', name: 'cert' }, 'False/InvalidCertificateRef', 'False/Invalid'],
  ['a broken Secret', { name: 'broken' }, 'False/InvalidCertificateRef', 'False/Invalid'],
  [
    'a Secret without a grant',
    { name: 'cert', namespace: 'other' },
    'False/RefNotPermitted',
    'False/Invalid',
  ],
  ['a Secret with a grant', { name: 'cert', namespace: 'shared' }, 'True/ResolvedRefs', 'Unknown/Pending'],
])('a listener with %s', (_, ref, resolvedRefs, programmed) => {
  const found = report([{ name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [ref] } }]);
  expect(found['https']).toEqual({
    Accepted: 'True/Accepted',
    Conflicted: 'False/NoConflicts',
    ResolvedRefs: resolvedRefs,
    Programmed: programmed,
  });
});

test('a Gateway of which no listener can be programmed waits for no proxy', () => {
  const dead = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } };
  expect(report([dead])['gateway']).toEqual({ Accepted: 'True/Accepted', Programmed: 'False/Invalid' });
  expect(report([dead, httpListener()])['gateway']).toMatchObject({ Programmed: 'Unknown/Pending' });
});

test('one good certificate is enough to serve, and the bad one is still reported', () => {
  const tls = { certificateRefs: [{ name: 'none' }, { name: 'cert' }] };
  const found = report([{ name: 'https', port: 443, protocol: 'HTTPS', tls }]);
  expect(found['https']).toMatchObject({
    ResolvedRefs: 'False/InvalidCertificateRef',
    Programmed: 'Unknown/Pending',
  });
});

test('kinds that cannot attach are reported, and the others listed', () => {
  expect(supported(kinds('HTTPRoute', 'TLSRoute'))).toEqual(['HTTPRoute']);
  expect(supported(kinds('TLSRoute'))).toEqual([]);
  expect(supported(httpListener())).toEqual(['HTTPRoute', 'GRPCRoute']);
  expect(report([kinds('HTTPRoute', 'TLSRoute')])['http']).toMatchObject({
    ResolvedRefs: 'False/InvalidRouteKinds',
  });
});

test('TLS listeners that share names say with which, and the others say nothing', () => {
  const listeners = [
    https('any', '*.example.com'),
    https('foo', 'foo.example.com'),
    https('apex', 'example.com'),
    https('elsewhere', 'bar.example.com', 8443),
    httpListener({ hostname: '*.example.com' }),
    httpListener({ name: 'plain', hostname: 'foo.example.com' }),
  ];
  const said = Object.fromEntries(
    status(listeners).listeners.map(({ name, conditions }) => [
      name,
      conditions.filter(({ type }) => type === 'OverlappingTLSConfig'),
    ]),
  );
  const overlap = { status: 'True', reason: 'OverlappingHostnames', observedGeneration: 3 };
  expect(said['any']).toMatchObject([{ ...overlap, message: expect.stringContaining('listener foo;') }]);
  expect(said['foo']).toMatchObject([{ ...overlap, message: expect.stringContaining('listener any;') }]);
  for (const name of ['apex', 'elsewhere', 'http', 'plain']) expect(said[name]).toEqual([]);
  const many = Array.from({ length: 12 }, (_, i) => https(`l${i}`, `${i}.example.com`));
  const [any] = status([https('any', '*.example.com'), ...many]).listeners;
  expect(any?.conditions.at(-1)?.message).toContain('l6, l7 and 4 more;');
});

test('every condition is of the generation that was read', () => {
  const { conditions, listeners } = status([httpListener()]);
  const all = [...conditions, ...listeners.flatMap((listener) => listener.conditions)];
  expect(all.map((condition) => condition.observedGeneration)).toEqual(all.map(() => 3));
});

function https(name: string, hostname: string, port = 443): object {
  return { name, hostname, port, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };
}

function kinds(...names: string[]): object {
  return httpListener({ allowedRoutes: { kinds: names.map((kind) => ({ kind })) } });
}

function supported(listener: object): string[] | undefined {
  return status([listener]).listeners[0]?.supportedKinds.map(({ kind }) => kind);
}

function report(listeners: readonly object[]): Record<string, Record<string, string>> {
  const found = status(listeners);
  return Object.fromEntries([
    ['gateway', brief(found.conditions)],
    ...found.listeners.map((listener) => [listener.name, brief(listener.conditions)] as const),
  ]);
}

function brief(conditions: readonly Condition[]): Record<string, string> {
  return Object.fromEntries(
    conditions.map(({ type, status: value, reason }) => [type, `${value}/${reason}`]),
  );
}

function status(listeners: readonly object[]) {
  const from = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' };
  const reader = new MemoryReader([
    gatewayClass(),
    gateway(listeners),
    tlsSecret('cert', pair),
    tlsSecret('cert', pair, 'other'),
    tlsSecret('cert', pair, 'shared'),
    tlsSecret('broken', { ...pair, privateKey: 'x' }),
    referenceGrant(from, { group: '', kind: 'Secret' }, 'shared'),
  ]);
  const row = readWholeGateway(reader, 'default', 'web');
  if (row === undefined) throw new Error('a Gateway of another controller');
  return gatewayReport(reader, row);
}
