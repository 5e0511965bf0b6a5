import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import {
  ClientFixture,
  clientPolicy,
  httpsListener,
  toGateway,
  toListener,
} from '../rig/pipeline/client-policy.ts';

const slashes = { path: { escapedSlashesAction: 'RejectRequest' } };
const rejecting = { pathWithEscapedSlashesAction: 'REJECT_REQUEST' };
const usual = { pathWithEscapedSlashesAction: 'UNESCAPE_AND_REDIRECT' };

/** Two listeners that share port 80, and two of port 443 with chains of their own. */
const web = m.gateway([
  m.httpListener({ name: 'one', hostname: 'one.test' }),
  m.httpListener({ name: 'two', hostname: 'two.test' }),
  httpsListener('a', 'a.test'),
  httpsListener('b', 'b.test'),
]);

test('a policy of a listener shapes its filter chain alone', async () => {
  const policy = clientPolicy({ targetRefs: [toListener('a')], ...slashes });
  const fixture = await ClientFixture.started([policy], web);
  expect(fixture.http(443, 'a.test')).toMatchObject(rejecting);
  expect(fixture.http(443, 'b.test')).toMatchObject(usual);
  expect(fixture.http(80)).toMatchObject(usual);
});

test('the listener’s policy replaces that of the Gateway as a whole', async () => {
  const fixture = await ClientFixture.started(
    [
      clientPolicy(slashes),
      clientPolicy({ targetRefs: [toListener('a')], scheme: 'MatchBackend' }, { name: 'own' }),
    ],
    web,
  );
  expect(fixture.http(443, 'a.test')).toMatchObject({ ...usual, schemeHeaderTransformation: {} });
  expect(fixture.http(443, 'b.test')).toMatchObject(rejecting);
  expect(fixture.condition('Overridden')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('listener a of Gateway default/web') as unknown,
  });
});

test('of two policies with one target the older one is in force', async () => {
  const fixture = await ClientFixture.started([
    clientPolicy(slashes, { creationTimestamp: '2026-01-02T00:00:00Z' }),
    clientPolicy({ scheme: 'MatchBackend' }, { name: 'old', creationTimestamp: '2026-01-01T00:00:00Z' }),
  ]);
  expect(fixture.http(80)).toMatchObject(usual);
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'False', reason: 'Conflicted' });
  expect(fixture.condition('Accepted', 'old')).toMatchObject({ status: 'True' });
});

test('a policy of one of the listeners that share HTTP is invalid, and shapes neither', async () => {
  const policy = clientPolicy({ targetRefs: [toListener('one')], ...slashes });
  const fixture = await ClientFixture.started([policy], web);
  expect(fixture.http(80)).toMatchObject(usual);
  expect(fixture.isClosed(80)).toBe(false);
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('listener one shares port 80 with others') as unknown,
  });
});

test('a policy of all listeners of a port shapes it', async () => {
  const policy = clientPolicy({ targetRefs: [toListener('one'), toListener('two')], ...slashes });
  const fixture = await ClientFixture.started([policy], web);
  expect(fixture.http(80)).toMatchObject(rejecting);
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'True' });
});

test('beside the Gateway’s policy, that of one listener of a shared port is invalid', async () => {
  const fixture = await ClientFixture.started(
    [
      clientPolicy(slashes, { name: 'whole' }),
      clientPolicy({ targetRefs: [toListener('one')], scheme: 'MatchBackend' }),
    ],
    web,
  );
  expect(fixture.http(80)).toMatchObject(rejecting);
  expect(fixture.http(80)).not.toHaveProperty('schemeHeaderTransformation');
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'False', reason: 'Invalid' });
  expect(fixture.condition('Accepted', 'whole')).toMatchObject({ status: 'True' });
});

test('a policy that loses one of its listeners is accepted for the others, and says so', async () => {
  const policy = clientPolicy({ targetRefs: [toListener('one'), toListener('a')], ...slashes });
  const fixture = await ClientFixture.started([policy], web);
  expect(fixture.http(443, 'a.test')).toMatchObject(rejecting);
  expect(fixture.condition('Accepted', 'policy', 'one')).toMatchObject({ status: 'False' });
  expect(fixture.condition('Accepted', 'policy', 'a')).toMatchObject({ status: 'True' });
});

test('settings of the socket need all listeners of the port', async () => {
  const spec = { proxyProtocol: {}, ...slashes };
  const one = await ClientFixture.started([clientPolicy({ targetRefs: [toListener('a')], ...spec })], web);
  expect(JSON.stringify(one.listener(443))).not.toContain('proxy_protocol');
  expect(one.http(443, 'a.test')).toMatchObject(rejecting);
  expect(one.condition('Accepted')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('spec.proxyProtocol at port 443') as unknown,
  });
  const all = [toListener('a'), toListener('b')];
  const both = await ClientFixture.started([clientPolicy({ targetRefs: all, ...spec })], web);
  expect(JSON.stringify(both.listener(443))).toContain('proxy_protocol');
});

test.each<[string, object, string]>([
  ['an unknown value', { path: { escapedSlashesAction: 'Ignore' } }, 'spec.path.escapedSlashesAction'],
  [
    'two ways to the address',
    { clientIPDetection: { directSourceIP: {}, customHeader: { name: 'x' } } },
    'spec.clientIPDetection',
  ],
  [
    'a bad expression',
    { http1: { ignoredUpgradeTypes: [{ type: 'RegularExpression', value: '(' }] } },
    'spec.http1.ignoredUpgradeTypes[0].value',
  ],
  [
    'a removal of the path',
    { headers: { earlyRequestHeaders: { removeOnMatch: [{ type: 'RegularExpression', value: '.*' }] } } },
    'spec.headers.earlyRequestHeaders.removeOnMatch[0].value',
  ],
  [
    'a removal of the status',
    { headers: { lateResponseHeaders: { removeOnMatch: [{ type: 'Prefix', value: ':' }] } } },
    'spec.headers.lateResponseHeaders.removeOnMatch[0].value',
  ],
  ['TLS of no version', { tls: { minVersion: '1.3', maxVersion: '1.2' } }, 'spec.tls.minVersion'],
])('%s closes the listeners of the policy with 500', async (_title, spec, field) => {
  const policy = clientPolicy({ targetRefs: [toListener('a')], ...spec });
  const fixture = await ClientFixture.started([policy], web);
  expect(fixture.isClosed(443, 'a.test')).toBe(true);
  expect(fixture.isClosed(443, 'b.test')).toBe(false);
  expect(fixture.isClosed(80)).toBe(false);
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining(field) as unknown,
  });
  const { pipeline } = fixture;
  pipeline.apply(clientPolicy({ targetRefs: [toListener('a')], ...slashes }));
  await pipeline.drain();
  expect(fixture.http(443, 'a.test')).toMatchObject(rejecting);
});

test('a listener of bytes with a wrong policy takes no connection', async () => {
  const tcp = m.gateway([{ name: 'tcp', port: 5000, protocol: 'TCP' }, m.httpListener()]);
  const fixture = await ClientFixture.started([], tcp);
  const { pipeline, client } = fixture;
  expect(client.names('LDS')).toContain('default/web/5000');
  pipeline.apply(clientPolicy({ targetRefs: [toListener('tcp')], path: 'x' }));
  await pipeline.drain();
  expect(client.names('LDS')).toEqual(['default/web/80']);
});

test('connections of bytes end when they are idle', async () => {
  const tcp = m.gateway([{ name: 'tcp', port: 5000, protocol: 'TCP' }]);
  const route = m.tcpRoute([m.backend()], { name: 'bytes' });
  const policy = clientPolicy({ timeout: { tcp: { idleTimeout: '3s' } } });
  const { client } = await ClientFixture.started([route, policy], tcp);
  const name = client.names('ECDS').find((one) => one.includes('5000')) ?? '';
  expect(client.json('ECDS', name)).toMatchObject({ typedConfig: { idleTimeout: '3s' } });
});

test('names what has no effect, and older fields', async () => {
  const policy = clientPolicy({
    targetRefs: undefined,
    targetRef: toGateway,
    http3: {},
    enableProxyProtocol: false,
    http1: { preserveHeaderCase: true },
  });
  const fixture = await ClientFixture.started([policy]);
  const accepted = fixture.condition('Accepted');
  for (const field of ['spec.http3', 'spec.http1.preserveHeaderCase'])
    expect(accepted?.message).toContain(field);
  expect(fixture.condition('Warning')).toMatchObject({
    reason: 'DeprecatedField',
    message: expect.stringContaining('spec.enableProxyProtocol (proxyProtocol)') as unknown,
  });
});

test('an edit runs its Listener, and nothing of routes', async () => {
  const fixture = await ClientFixture.started(
    [clientPolicy({ targetRefs: [toListener('a')], ...slashes })],
    web,
  );
  const { pipeline, client } = fixture;
  pipeline.apply(clientPolicy({ targetRefs: [toListener('a')], scheme: 'MatchBackend' }));
  await pipeline.drain();
  const lines = client.take();
  expect(lines.filter((line) => line.startsWith('LDS'))).toEqual(['LDS default/web/443']);
  pipeline.delete(clientPolicy({ targetRefs: [toListener('a')] }));
  await pipeline.drain();
  expect(fixture.http(443, 'a.test')).toMatchObject(usual);
});

const all = { namespaces: { from: 'All' } };
const toSet = (sectionName?: string): object => ({
  kind: 'ListenerSet',
  name: 'set',
  ...(sectionName === undefined ? {} : { sectionName }),
});
const setOf = (...listeners: readonly object[]): object[] => [
  m.gateway([httpsListener('a', 'a.test')], { allowedListeners: all }),
  m.listenerSet(listeners, { name: 'set' }),
];

test('a policy of a ListenerSet shapes its listeners, and one of the Gateway those of its ListenerSets too', async () => {
  const [gateway = {}, set = {}] = setOf(httpsListener('a', 'set-a.test'), httpsListener('b', 'set-b.test'));
  const ofSet = clientPolicy({ targetRefs: [toSet()], ...slashes });
  const ofListener = clientPolicy({ targetRefs: [toSet('b')], scheme: 'MatchBackend' }, { name: 'listener' });
  const fixture = await ClientFixture.started([set, ofSet, ofListener], gateway);
  expect(fixture.http(443, 'a.test')).toMatchObject(usual);
  expect(fixture.http(443, 'set-a.test')).toMatchObject(rejecting);
  expect(fixture.http(443, 'set-b.test')).toMatchObject({ ...usual, schemeHeaderTransformation: {} });
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'True' });
  expect(fixture.condition('Overridden')).toMatchObject({
    message: expect.stringContaining('listener b of ListenerSet default/set') as unknown,
  });
  const above = await ClientFixture.started([set, clientPolicy(slashes)], gateway);
  expect(above.http(443, 'set-a.test')).toMatchObject(rejecting);
});

test('a policy of a ListenerSet that shares HTTP with the Gateway is invalid', async () => {
  const [, set = {}] = setOf(m.httpListener({ name: 'http', hostname: 'set.test' }));
  const gateway = m.gateway([m.httpListener({ name: 'one', hostname: 'one.test' })], {
    allowedListeners: all,
  });
  const fixture = await ClientFixture.started(
    [set, clientPolicy({ targetRefs: [toSet()], ...slashes })],
    gateway,
  );
  expect(fixture.http(80)).toMatchObject(usual);
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining(
      'spec.targetRefs[0]: listener http shares port 80 with others',
    ) as unknown,
  });
});
