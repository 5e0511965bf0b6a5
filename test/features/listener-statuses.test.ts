import { expect, test } from 'vitest';
import { resourceKey } from '../../src/lib/key.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

/* Statuses that Gateway API asks for where its suite does not look; see https://gateway-api.sigs.k8s.io/reference/spec/ */

const certificateRefs = [{ name: 'cert' }];
const listeners = {
  HTTP: { port: 80, protocol: 'HTTP' },
  HTTPS: { port: 443, protocol: 'HTTPS', hostname: 'a.test', tls: { certificateRefs } },
  TLS: { port: 8443, protocol: 'TLS', hostname: 'b.test', tls: { certificateRefs } },
  Passthrough: { port: 8443, protocol: 'TLS', hostname: 'c.test', tls: { mode: 'Passthrough' } },
  TCP: { port: 9000, protocol: 'TCP' },
  UDP: { port: 53, protocol: 'UDP' },
  SCTP: { port: 9001, protocol: 'SCTP' },
  'a.test/own': { port: 9002, protocol: 'a.test/own' },
} as const;
type Of = keyof typeof listeners;

interface ListenerStatus {
  readonly name: string;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly { readonly kind: string }[];
  readonly conditions: readonly Condition[];
}

interface Status {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
}

const named = (of: Of, fields: object = {}): object => ({
  name: of.toLowerCase().replace(/\W/g, '-'),
  ...listeners[of],
  ...fields,
});
const plain = { name: 'plain', port: 1, protocol: 'HTTP' };

/** Returns the status of an object with listeners, of a Gateway or of its one ListenerSet. */
async function statusOf(
  owner: 'Gateway' | 'ListenerSet',
  all: readonly object[],
  ...more: readonly object[]
) {
  const isOfSet = owner === 'ListenerSet';
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway(isOfSet ? [plain] : all, { allowedListeners: { namespaces: { from: 'All' } } }),
    ...(isOfSet ? [m.listenerSet(all)] : []),
    tlsSecret('cert', selfSigned(['*.test'])),
    m.service(),
    ...more,
  ]);
  await pipeline.connected();
  await pipeline.drain();
  const object = resourceKey(owner, 'default', isOfSet ? 'set' : 'web');
  return pipeline.controller.status(object) as Status;
}

function conditionsOf({ conditions }: { readonly conditions: readonly Condition[] }): Record<string, string> {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]));
}

const kindsOf = ({ supportedKinds }: ListenerStatus): string => supportedKinds.map(({ kind }) => kind).join();
const good = {
  Accepted: 'True/Accepted',
  ResolvedRefs: 'True/ResolvedRefs',
  Conflicted: 'False/NoConflicts',
};

const owners = ['Gateway', 'ListenerSet'] as const;

test.each(owners.flatMap((owner) => (Object.keys(listeners) as Of[]).map((of) => [owner, of] as const)))(
  'a listener of a %s of protocol %s lists the kinds of routes that it takes',
  async (owner, of) => {
    const taken: Partial<Record<Of, string>> = {
      HTTP: 'HTTPRoute,GRPCRoute',
      HTTPS: 'HTTPRoute,GRPCRoute',
      TLS: 'TLSRoute,TCPRoute',
      Passthrough: 'TLSRoute',
      TCP: 'TCPRoute',
      UDP: 'UDPRoute',
    };
    const status = await statusOf(owner, [named(of), m.httpListener({ name: 'other', port: 2 })]);
    const [found, other] = status.listeners;
    expect(found && kindsOf(found)).toBe(taken[of] ?? '');
    expect(found && conditionsOf(found)).toEqual(
      taken[of] === undefined
        ? { ...good, Accepted: 'False/UnsupportedProtocol', Programmed: 'False/Invalid' }
        : { ...good, Programmed: 'True/Programmed' },
    );
    // One good listener is enough.
    expect(other && conditionsOf(other)).toEqual({ ...good, Programmed: 'True/Programmed' });
    expect(conditionsOf(status)).toMatchObject({
      Accepted: taken[of] === undefined ? 'True/ListenersNotValid' : 'True/Accepted',
      Programmed: 'True/Programmed',
    });
  },
);

test.each<[string, Of, readonly object[], string, string]>([
  ['an unknown kind', 'HTTP', [{ kind: 'SomeRoute' }], '', 'False/InvalidRouteKinds'],
  [
    'a kind of another group',
    'HTTP',
    [{ group: 'a.test', kind: 'HTTPRoute' }],
    '',
    'False/InvalidRouteKinds',
  ],
  ['a kind of another protocol', 'TCP', [{ kind: 'HTTPRoute' }], '', 'False/InvalidRouteKinds'],
  [
    'a good and a bad kind',
    'HTTP',
    [{ kind: 'TCPRoute' }, { kind: 'GRPCRoute' }],
    'GRPCRoute',
    'False/InvalidRouteKinds',
  ],
  ['one of two kinds', 'HTTPS', [{ kind: 'HTTPRoute' }], 'HTTPRoute', 'True/ResolvedRefs'],
  ['the kind of its mode', 'Passthrough', [{ kind: 'TCPRoute' }], '', 'False/InvalidRouteKinds'],
])('allowedRoutes with %s', async (_what, of, kinds, supported, resolved) => {
  for (const owner of owners) {
    const { listeners: found } = await statusOf(owner, [named(of, { allowedRoutes: { kinds } })]);
    expect(found.map(kindsOf)).toEqual([supported]);
    expect(found.map(conditionsOf)).toMatchObject([{ Accepted: 'True/Accepted', ResolvedRefs: resolved }]);
  }
});

test.each(owners)('a %s without a valid listener is not accepted', async (owner) => {
  const status = await statusOf(owner, [named('SCTP'), named('a.test/own')]);
  expect(conditionsOf(status)).toMatchObject({
    Accepted: 'False/ListenersNotValid',
    Programmed: owner === 'Gateway' ? 'False/Invalid' : 'False/ListenersNotValid',
  });
  expect(status.listeners.map(conditionsOf)).toMatchObject([
    { Accepted: 'False/UnsupportedProtocol' },
    { Accepted: 'False/UnsupportedProtocol' },
  ]);
});

const at = (parent: object) => ({ parentRefs: [parent] });
const routes = (parent: object): object[] => [
  m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'http', ...at(parent) }),
  m.grpcRoute([{ backendRefs: [m.backend()] }], { name: 'grpc', ...at(parent) }),
  m.tlsRoute([m.backend()], { name: 'tls', hostnames: ['*.test'], ...at(parent) }),
  m.tcpRoute([m.backend()], { name: 'tcp', ...at(parent) }),
  m.udpRoute([m.backend()], { name: 'udp', ...at(parent) }),
];

test.each(owners)('listeners of a %s count routes of each kind that they take', async (owner) => {
  const parent = owner === 'Gateway' ? { name: 'web' } : { kind: 'ListenerSet', name: 'set' };
  const all = (Object.keys(listeners) as Of[]).map((of) => named(of));
  const found = await statusOf(owner, all, ...routes(parent));
  expect(Object.fromEntries(found.listeners.map((one) => [one.name, one.attachedRoutes]))).toEqual({
    http: 2,
    https: 2,
    tls: 2,
    passthrough: 1,
    tcp: 1,
    udp: 1,
    sctp: 0,
    'a-test-own': 0,
  });
});

test('routes are counted where they attach, whatever the status of the listener', async () => {
  const twice = [named('HTTP'), named('HTTP', { name: 'again' })];
  const { listeners: found } = await statusOf(
    'Gateway',
    twice,
    ...routes({ name: 'web', sectionName: 'http' }),
  );
  expect(found.map(conditionsOf)).toMatchObject([
    { Accepted: 'False/HostnameConflict', Conflicted: 'True/HostnameConflict', Programmed: 'False/Invalid' },
    { Accepted: 'False/HostnameConflict' },
  ]);
  expect(found.map(({ attachedRoutes }) => attachedRoutes)).toEqual([2, 0]);
});

test.each([
  ['HTTP', 'HTTP', 'HostnameConflict'],
  ['TCP', 'TCP', 'ProtocolConflict'],
  ['UDP', 'UDP', 'ProtocolConflict'],
  ['HTTP', 'TCP', 'ProtocolConflict'],
  ['HTTPS', 'TLS', 'HostnameConflict'],
  ['TLS', 'Passthrough', 'HostnameConflict'],
] as const)('%s and %s of two ListenerSets: the older one stays', async (older, younger, reason) => {
  const same = { port: 7000, hostname: ['TCP', 'UDP'].includes(younger) ? undefined : 'same.test' };
  const isBare = ['TCP', 'UDP'].includes(older);
  const set = (name: string, of: Of, creationTimestamp: string, fields: object): object =>
    m.listenerSet([named(of, fields), { ...plain, name: `own-${name}`, hostname: `${name}.test` }], {
      name,
      creationTimestamp,
    });
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([plain], { allowedListeners: { namespaces: { from: 'All' } } }),
    tlsSecret('cert', selfSigned(['*.test'])),
    set('z', older, '2026-01-01T00:00:00Z', { ...same, hostname: isBare ? undefined : 'same.test' }),
    set('a', younger, '2026-02-01T00:00:00Z', same),
  ]);
  const conditions = (name: string): Record<string, string>[] =>
    (pipeline.status('ListenerSet', name) as unknown as Status).listeners.map(conditionsOf);
  expect(conditions('z')).toMatchObject([{ Accepted: 'True/Accepted' }, { Accepted: 'True/Accepted' }]);
  expect(conditions('a')).toMatchObject([
    { Accepted: `False/${reason}`, Conflicted: `True/${reason}`, Programmed: `False/${reason}` },
    { Accepted: 'True/Accepted' },
  ]);
});

test.each(['TLSRoute', 'TCPRoute', 'UDPRoute', 'HTTPRoute', 'GRPCRoute'] as const)(
  'a %s at a listener that does not take its kind says NotAllowedByListeners',
  async (kind) => {
    const other = kind === 'TCPRoute' ? 'UDP' : 'TCP';
    const parent = { name: 'web' };
    const pipeline = await Pipeline.started([
      m.gatewayClass(),
      m.gateway([named(other)]),
      m.service(),
      ...routes(parent),
    ]);
    const name = kind.replace('Route', '').toLowerCase();
    const status = pipeline.status(kind, name) as {
      parents: readonly { conditions: readonly Condition[] }[];
    };
    expect(status.parents.map(conditionsOf)).toMatchObject([{ Accepted: 'False/NotAllowedByListeners' }]);
  },
);
