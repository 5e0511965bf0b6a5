import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';

const check = (name: string, more: object = {}): object => ({
  type: 'ExternalAuth',
  externalAuth: { protocol: 'HTTP', backendRef: m.backend(name), ...more },
});
const filtered = (requests: readonly object[], fields: object = {}): object => ({
  ...m.httpListener({ hostname: '*.test', ...fields }),
  filters: { requests },
});
const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const servers = ['who', 'may'].flatMap((name) => [
  m.service(name),
  m.endpointSlice(['10.0.0.2'], { name: `${name}-1`, service: name }),
]);
const route = m.httpRoute([{ backendRefs: [m.backend()] }], { hostnames: ['a.test'] });
const behind = 'default/web/filtered/80';

async function started(listeners: readonly object[], ...more: readonly object[]) {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway(listeners, { allowedListeners: { namespaces: { from: 'All' } } }),
    ...app,
    ...servers,
    route,
    ...more,
  ]);
  return { pipeline, client: await pipeline.connected() };
}

interface Host {
  readonly domains: readonly string[];
  readonly routes?: readonly object[];
}

/** Returns the routes of a table by domain. */
function table(client: DeltaClient, name: string): Record<string, readonly object[]> {
  const { virtualHosts = [] } = client.routes(name) as unknown as { virtualHosts?: readonly Host[] };
  return Object.fromEntries(virtualHosts.map(({ domains, routes = [] }) => [domains.join(), routes]));
}

test('every request of the listener passes the filters, in their order, before routes are matched', async () => {
  const { client, pipeline } = await started([filtered([check('who'), check('may')])]);
  const outer = table(client, 'default/web/80:*');
  expect(Object.keys(outer)).toEqual(['*.test']);
  expect(outer['*.test']).toMatchObject([
    { match: { prefix: '/' }, route: { cluster: behind, timeout: '0s' } },
  ]);
  const text = JSON.stringify(outer);
  expect(text.indexOf('default/who/80/http1')).toBeGreaterThan(0);
  expect(text.indexOf('default/who/80/http1')).toBeLessThan(text.indexOf('default/may/80/http1'));
  const inner = table(client, `${behind}:*`);
  expect(Object.keys(inner).sort()).toEqual(['*.test', 'a.test']);
  expect(inner['a.test']).toMatchObject([{ route: { cluster: 'default/app/80/http1' } }]);
  expect(client.json('LDS', behind)).toMatchObject({ internalListener: {} });
  expect(pipeline.listenerConditions('http')).toMatchObject({
    Accepted: { status: 'True' },
    ResolvedRefs: { status: 'True' },
  });
});

test('listeners of one port have filters of their own, and those without are as they were', async () => {
  const { client } = await started([
    filtered([check('who')], { name: 'first', hostname: '*.first.test' }),
    filtered([check('may')], { name: 'second', hostname: '*.second.test' }),
    m.httpListener({ name: 'plain', hostname: 'plain.test' }),
  ]);
  const outer = table(client, 'default/web/80:*');
  expect(JSON.stringify(outer['*.first.test'])).toContain('default/who/80');
  expect(JSON.stringify(outer['*.second.test'])).not.toContain('default/who/80');
  expect(outer['plain.test']).toEqual([]);
  expect(Object.keys(table(client, `${behind}:*`)).sort()).toEqual(['*.first.test', '*.second.test']);
});

test('a listener of a ListenerSet has filters, by references of its own namespace', async () => {
  const far = [
    m.service('who', { namespace: 'far' }),
    m.endpointSlice(['10.0.0.3'], { name: 'who-1', namespace: 'far', service: 'who' }),
    m.listenerSet([filtered([check('who')], { hostname: 'far.test' })], { name: 'set', namespace: 'far' }),
  ];
  const { client, pipeline } = await started([m.httpListener({ hostname: 'own.test' })], ...far);
  expect(JSON.stringify(table(client, 'default/web/80:*')['far.test'])).toContain('far/who/80/http1');
  expect(Object.keys(table(client, `${behind}:*`))).toEqual(['far.test']);
  const status = pipeline.status('ListenerSet', 'set', 'far') as { listeners: readonly object[] };
  expect(JSON.stringify(status.listeners)).not.toContain('InvalidListenerFilterRef');
});

test.each<[string, object, string, string]>([
  [
    'does not exist',
    check('none'),
    'InvalidListenerFilterRef',
    'spec.listeners[0].filters.requests[0].externalAuth.backendRef.name: Service default/none does not exist; its requests get status 500',
  ],
  [
    'is in a namespace that no grant opens',
    check('who', { backendRef: m.backend('who', { namespace: 'far' }) }),
    'RefNotPermitted',
    'no ReferenceGrant permits this',
  ],
])('a filter whose server %s closes the listener', async (_what, filter, reason, message) => {
  const { client, pipeline } = await started([filtered([filter, check('may')])]);
  expect(table(client, 'default/web/80:*')['*.test']).toMatchObject([{ directResponse: { status: 500 } }]);
  expect(pipeline.listenerConditions('http')).toMatchObject({
    Accepted: { status: 'True' },
    ResolvedRefs: { status: 'False', reason, message: expect.stringContaining(message) as unknown },
  });
});

test.each<[string, object, string]>([
  [
    'protocols without requests',
    { protocol: 'TCP', hostname: undefined },
    'must not be given for protocol TCP',
  ],
  [
    'an unknown phase',
    { filters: { connection: [{ type: 'Any' }] } },
    'must be empty: only filters of requests are supported',
  ],
])('%s have no filters', async (_what, fields, message) => {
  const { pipeline } = await started([{ ...filtered([check('who')]), ...fields }]);
  expect(pipeline.listenerConditions('http')['Accepted']).toMatchObject({
    status: 'False',
    reason: 'UnsupportedValue',
    message: expect.stringContaining(message) as unknown,
  });
});

test('filters come and go without a change of the Listener; an edit of a route costs its host behind them', async () => {
  const plain = m.gateway([m.httpListener({ hostname: '*.test' })]);
  const { client, pipeline } = await started([filtered([check('who')])]);
  client.take();
  pipeline.apply(m.httpRoute([{ backendRefs: [m.backend('may')] }], { hostnames: ['a.test'] }));
  await pipeline.settle();
  expect(client.take().filter((line) => /VHDS|LDS|RDS/.test(line))).toEqual([`VHDS ${behind}:*/a.test`]);
  pipeline.apply(plain);
  await pipeline.drain();
  expect(client.take()).not.toContain('LDS default/web/80');
  expect(Object.keys(table(client, 'default/web/80:*')).sort()).toEqual(['*.test', 'a.test']);
  expect(client.names('LDS')).toEqual(['default/web/80']);
});

test('the cluster that leads to the routes behind filters goes first, then their listener, then what they name', async () => {
  const { client, pipeline } = await started([filtered([check('who')])]);
  client.take();
  pipeline.apply(m.gateway([filtered([check('who')])], { gatewayClassName: 'elsewhere' }));
  await pipeline.drain();
  const removals = client
    .take()
    .filter((line) => /^(CDS|LDS)/.test(line))
    .map((line) => line.split(' ').toSorted().join(' '));
  expect(removals).toEqual([
    '-default/web/80 LDS',
    `-${behind} CDS`,
    `-${behind} LDS`,
    '-default/app/80/http1 -default/who/80/http1 CDS',
  ]);
});

test('what routes behind filters name stays for as long as a proxy does not answer for their listener', async () => {
  const { client, pipeline } = await started([filtered([check('who')])]);
  pipeline.apply(m.gateway([filtered([check('who')])], { gatewayClassName: 'elsewhere' }));
  await pipeline.quiet();
  client.hold('LDS');
  for (let step = 0; step < 4; step++) await pipeline.advance(2000);
  expect(client.names('CDS')).toEqual(['default/app/80/http1', 'default/who/80/http1']);
  client.release('LDS');
  await pipeline.drain();
  expect(client.names('CDS')).toEqual([]);
});

const first = { name: 'first', hostname: '*.first.test' };
const second = { name: 'second', hostname: '*.second.test' };
const routes = ['first', 'second'].map((name) =>
  m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`a.${name}.test`] }),
);
const both = m.gateway([filtered([check('who')], first), filtered([check('who')], second)]);
const one = m.gateway([filtered([check('who')], first), m.httpListener(second)]);
const none = m.gateway([m.httpListener(first), m.httpListener(second)]);

async function edited(before: object, after: object, hold?: 'LDS' | 'RDS' | 'VHDS') {
  const pipeline = await Pipeline.started([m.gatewayClass(), before, ...app, ...servers, ...routes]);
  const client = await pipeline.connected();
  client.take();
  if (hold !== undefined) client.hold(hold);
  pipeline.apply(after);
  return { client, pipeline };
}

const hostLines = (client: DeltaClient): string[] => client.take().filter((line) => line.startsWith('VHDS'));
const outerFirst = 'VHDS default/web/80:*/*.first.test -default/web/80:*/a.first.test';
const innerFirst = `VHDS ${behind}:*/*.first.test ${behind}:*/a.first.test`;

test.each(['LDS', 'RDS', 'VHDS'] as const)(
  'a domain leads to the routes behind filters when a proxy has ACKed them, and not before its %s',
  async (held) => {
    const { client, pipeline } = await edited(none, one, held);
    await pipeline.advance(1999);
    expect(hostLines(client).filter((line) => line.includes('default/web/80'))).toEqual([]);
    client.release(held);
    await pipeline.settle();
    expect(hostLines(client).at(-1)).toBe(outerFirst);
  },
);

test('domains of one more listener go behind its routes, of which a proxy has some already', async () => {
  const { client, pipeline } = await edited(one, both);
  await pipeline.settle();
  expect(hostLines(client)).toEqual([
    innerFirst.replaceAll('first', 'second'),
    outerFirst.replaceAll('first', 'second'),
  ]);
});

test('a domain that waits for routes behind filters waits no longer than the hold', async () => {
  const { client, pipeline } = await edited(none, one, 'LDS');
  await pipeline.advance(1999);
  client.take();
  client.tolerant = true;
  await pipeline.advance(1);
  expect(hostLines(client)).toContain(outerFirst);
});

test('routes behind filters stay for requests under way when a listener has its filters no more', async () => {
  const { client, pipeline } = await edited(both, one);
  await pipeline.quiet();
  expect(hostLines(client)).toEqual(['VHDS default/web/80:*/*.second.test default/web/80:*/a.second.test']);
  await pipeline.advance(999);
  expect(hostLines(client)).toEqual([]);
  await pipeline.advance(1);
  expect(hostLines(client)).toEqual([`VHDS -${behind}:*/*.second.test -${behind}:*/a.second.test`]);
});

test('a route behind filters that is deleted goes at once', async () => {
  const { client, pipeline } = await edited(both, both);
  await pipeline.settle();
  client.take();
  pipeline.delete(...routes.slice(0, 1));
  await pipeline.quiet();
  expect(hostLines(client)).toEqual([`VHDS -${behind}:*/a.first.test`]);
});
