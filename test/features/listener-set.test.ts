import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

interface Status {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly {
    readonly name: string;
    readonly attachedRoutes: number;
    readonly conditions: readonly Condition[];
  }[];
  readonly attachedListenerSets?: number;
}

function statusOf(pipeline: Pipeline, name: string, kind = 'ListenerSet', namespace = 'default'): Status {
  return pipeline.controller.status(resourceKey(kind, namespace, name)) as Status;
}

function reasons(conditions: readonly Condition[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

function listenerReasons(status: Status, name: string): Record<string, string> {
  return reasons(status.listeners.find((listener) => listener.name === name)?.conditions);
}

function domains(client: DeltaClient): string[] {
  const hosts = client.routes('default/web/80:*')['virtualHosts'] as { domains: string[] }[];
  return hosts.map((host) => host.domains.join()).sort();
}

const same = { namespaces: { from: 'Same' } };
const web = m.gateway([m.httpListener({ hostname: 'gateway.test' })], { allowedListeners: same });
const listener = (name: string, fields: object = {}): object =>
  m.httpListener({ name, hostname: `${name}.test`, ...fields });

const age = (day: number): string => `2026-01-0${day}T00:00:00Z`;
const https = (name: string): object =>
  listener(name, {
    port: 443,
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'cert', namespace: 'certs' }] },
  });
const grant = (kind: string, namespace: string) =>
  m.referenceGrant(
    { group: 'gateway.networking.k8s.io', kind, namespace },
    { group: '', kind: 'Secret' },
    'certs',
  );

test('a Gateway serves the listeners of a ListenerSet that it allows, and counts it', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), web, m.listenerSet([listener('a')])]);
  const client = await pipeline.connected();
  expect(domains(client)).toEqual(['a.test', 'gateway.test']);
  const status = statusOf(pipeline, 'set');
  expect(reasons(status.conditions)).toEqual({ Accepted: 'True Accepted', Programmed: 'True Programmed' });
  expect(listenerReasons(status, 'a')).toMatchObject({
    Accepted: 'True Accepted',
    Programmed: 'True Programmed',
    ResolvedRefs: 'True ResolvedRefs',
  });
  expect(statusOf(pipeline, 'web', 'Gateway').attachedListenerSets).toBe(1);
  expect(statusOf(pipeline, 'web', 'Gateway').listeners.map(({ name }) => name)).toEqual(['http']);
  pipeline.delete(m.listenerSet([]));
  await pipeline.settle();
  expect(domains(client)).toEqual(['gateway.test']);
  expect(statusOf(pipeline, 'web', 'Gateway').attachedListenerSets).toBe(0);
});

test.each([
  ['a Gateway allows none by default', undefined, {}],
  ['None', { namespaces: { from: 'None' } }, {}],
  ['Same, of another namespace', same, { namespace: 'other' }],
  [
    'Selector, without the label',
    { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
    {},
  ],
])(
  'a ListenerSet that its Gateway does not allow is not served: %s',
  async (_, allowedListeners, options) => {
    const pipeline = await Pipeline.started([
      m.gatewayClass(),
      m.gateway([m.httpListener({ hostname: 'gateway.test' })], allowedListeners && { allowedListeners }),
      m.labelledNamespace('default'),
      m.listenerSet([listener('a')], options),
    ]);
    const client = await pipeline.connected();
    expect(domains(client)).toEqual(['gateway.test']);
    const { namespace = 'default' } = options as { namespace?: string };
    const notAllowed = { Accepted: 'False NotAllowed', Programmed: 'False NotAllowed' };
    expect(reasons(statusOf(pipeline, 'set', 'ListenerSet', namespace).conditions)).toEqual(notAllowed);
    expect(statusOf(pipeline, 'web', 'Gateway').attachedListenerSets ?? 0).toBe(0);
  },
);

test('labels of a namespace let its ListenerSets in and out', async () => {
  const selector = { matchLabels: { a: 'b' } };
  const set = m.listenerSet([listener('a')], { namespace: 'team' });
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()], { allowedListeners: { namespaces: { from: 'Selector', selector } } }),
    m.labelledNamespace('team', { a: 'b' }),
    set,
  ]);
  const client = await pipeline.connected();
  expect(domains(client)).toEqual(['*', 'a.test']);
  pipeline.apply(m.labelledNamespace('team', { a: 'c' }));
  await pipeline.settle();
  expect(domains(client)).toEqual(['*']);
  expect(reasons(statusOf(pipeline, 'set', 'ListenerSet', 'team').conditions)['Accepted']).toBe(
    'False NotAllowed',
  );
});

test('of conflicting listeners the one of the Gateway stays, then that of the older ListenerSet, then of the first by name', async () => {
  const sets = [
    m.listenerSet([listener('gateway'), listener('ok')], { name: 'late', creationTimestamp: age(3) }),
    m.listenerSet([listener('x'), listener('a')], { name: 'old', creationTimestamp: age(1) }),
    m.listenerSet([listener('x', { protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'c' }] } })], {
      name: 'tls',
      creationTimestamp: age(2),
    }),
    m.listenerSet([listener('x')], { name: 'b', creationTimestamp: age(2) }),
    m.listenerSet([listener('y')], { name: 'y-b', creationTimestamp: age(2) }),
    m.listenerSet([listener('y')], { name: 'y-a', creationTimestamp: age(2) }),
  ];
  const pipeline = await Pipeline.started([m.gatewayClass(), web, ...sets]);
  const client = await pipeline.connected();
  expect(domains(client)).toEqual(['a.test', 'gateway.test', 'ok.test', 'x.test', 'y.test']);
  const accepted = (name: string) => reasons(statusOf(pipeline, name).conditions);
  const notValid = { Accepted: 'False ListenersNotValid', Programmed: 'False ListenersNotValid' };
  expect(accepted('late')).toEqual({ Accepted: 'True ListenersNotValid', Programmed: 'True Programmed' });
  expect(accepted('old')).toEqual({ Accepted: 'True Accepted', Programmed: 'True Programmed' });
  expect(accepted('tls')).toEqual(notValid);
  expect(accepted('b')).toEqual(notValid);
  expect(accepted('y-a')).toMatchObject({ Accepted: 'True Accepted' });
  expect(accepted('y-b')).toEqual(notValid);
  expect(listenerReasons(statusOf(pipeline, 'late'), 'gateway')).toMatchObject({
    Accepted: 'False HostnameConflict',
    Conflicted: 'True HostnameConflict',
    Programmed: 'False HostnameConflict',
  });
  expect(listenerReasons(statusOf(pipeline, 'tls'), 'x')).toMatchObject({
    Accepted: 'False ProtocolConflict',
    Conflicted: 'True ProtocolConflict',
    Programmed: 'False ProtocolConflict',
  });
  expect(statusOf(pipeline, 'web', 'Gateway').attachedListenerSets).toBe(3);
  const gateway = listenerReasons(statusOf(pipeline, 'web', 'Gateway'), 'http');
  expect(gateway).toMatchObject({ Accepted: 'True Accepted', Conflicted: 'False NoConflicts' });
  pipeline.delete(m.listenerSet([], { name: 'old' }));
  await pipeline.settle();
  expect(accepted('b')).toEqual({ Accepted: 'True Accepted', Programmed: 'True Programmed' });
});

test('a Gateway that is not accepted has no ListenerSet, and says so on each', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()], { allowedListeners: same, addresses: [{ type: 'x.test/no', value: 'a' }] }),
    m.listenerSet([listener('a')]),
  ]);
  await pipeline.connected();
  expect(reasons(statusOf(pipeline, 'set').conditions)).toEqual({
    Accepted: 'False ParentNotAccepted',
    Programmed: 'False ParentNotProgrammed',
  });
  expect(statusOf(pipeline, 'web', 'Gateway').attachedListenerSets).toBe(0);
  pipeline.apply(m.gateway([m.httpListener()], { allowedListeners: same }));
  await pipeline.settle();
  expect(reasons(statusOf(pipeline, 'set').conditions)).toEqual({
    Accepted: 'True Accepted',
    Programmed: 'True Programmed',
  });
});

test('certificates are referred to from the namespace of the ListenerSet, and grants to a Gateway are not for it', async () => {
  const all = { namespaces: { from: 'All' } };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([https('gateway')], { allowedListeners: all }),
    tlsSecret('cert', selfSigned(['a.test']), 'certs'),
    grant('Gateway', 'default'),
    m.listenerSet([https('a')], { namespace: 'team' }),
  ]);
  const client = await pipeline.connected();
  const chains = () =>
    (client.json('LDS', 'default/web/443')['filterChains'] as { name: string }[]).map(({ name }) => name);
  expect(chains()).toEqual(['default/web/443:gateway.test']);
  const status = () => statusOf(pipeline, 'set', 'ListenerSet', 'team');
  expect(reasons(status().conditions)['Accepted']).toBe('False ListenersNotValid');
  expect(listenerReasons(status(), 'a')['ResolvedRefs']).toBe('False RefNotPermitted');
  pipeline.apply(grant('ListenerSet', 'team'));
  await pipeline.settle();
  expect(chains()).toEqual(['default/web/443:a.test']);
  expect(reasons(status().conditions)['Accepted']).toBe('True Accepted');
});

test('ports of ListenerSets are opened, once each, and move none of the Gateway', async () => {
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      web,
      m.listenerSet([listener('a', { port: 81 }), listener('b', { port: 10_080 })], { name: 'a' }),
      m.listenerSet([listener('c', { port: 81 })], { name: 'b' }),
    ],
    { settings: { managedProxies: true } },
  );
  const wanted = pipeline.controller.infrastructure('default/web');
  expect(wanted).toMatchObject({
    infrastructure: {
      ports: [
        { port: 80, containerPort: 10_080 },
        { port: 81, containerPort: 10_081 },
        { port: 10_080, containerPort: 20_080 },
      ],
    },
  });
});

test('a ListenerSet on a port that has HTTP listeners changes no Listener of Envoy', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), web]);
  const client = await pipeline.connected();
  pipeline.apply(m.listenerSet([listener('a')]));
  await pipeline.settle();
  expect(client.take().filter((line) => /LDS|RDS/.test(line))).toEqual([]);
});
