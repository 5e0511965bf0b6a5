import { expect, test } from 'vitest';
import { parseObject } from '../../src/kinds/door.ts';
import * as m from '../rig/objects/manifests.ts';
import { PolicyFixture } from '../rig/pipeline/policy-fixture.ts';

const plugin = 'ext_proc/default/plugins/0';
const cluster = 'default/processor/9000/http2';
const processor = m.service('processor', { port: { port: 9000 } });
const toProcessor = { name: 'processor', port: 9000 };

function routeOf(name: string): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] });
}

function policy(fields: object = {}, target: object = { kind: 'HTTPRoute', name: 'a' }): object {
  const extProc = [{ backendRefs: [toProcessor], ...fields }];
  return m.extensionPolicy({ targetRefs: [target], extProc });
}

function fixtureWith(...manifests: readonly object[]): Promise<PolicyFixture> {
  return PolicyFixture.with([routeOf('a'), routeOf('b'), processor, ...manifests]);
}

test('a plugin names the server, whose cluster is there before it and goes after it', async () => {
  const slice = m.endpointSlice(['10.0.0.9'], { name: 'p', service: 'processor', port: 9000 });
  const fixture = await fixtureWith(slice, policy());
  expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: [plugin] });
  expect(fixture.route('b.test').plugins).toEqual([]);
  expect(fixture.plugin(plugin)).toMatchObject({
    grpcService: { envoyGrpc: { clusterName: cluster, authority: 'processor.default:9000' } },
  });
  expect(JSON.stringify(fixture.client.json('EDS', 'default/processor/9000'))).toContain('10.0.0.9');
  fixture.client.take();
  const other = m.service('other', { port: { port: 9000 } });
  await fixture.apply(other, policy({ backendRefs: [{ name: 'other', port: 9000 }] }));
  const log = fixture.client.take();
  const clusterComes = log.indexOf('CDS default/other/9000/http2');
  const pluginChanges = log.findIndex((line) => line.startsWith('ECDS'));
  expect([clusterComes >= 0, clusterComes < pluginChanges]).toEqual([true, true]);
  expect(log.filter((line) => /^(LDS|RDS)/.test(line))).toEqual([]);
  expect(fixture.client.names('CDS')).not.toContain(cluster);
});

test('what a policy says of a server is what its plugin does', async () => {
  const fields = {
    messageTimeout: '1s500ms',
    processingMode: {
      request: { body: 'Buffered', attributes: ['request.path'] },
      response: { body: 'FullDuplexStreamed' },
      allowModeOverride: true,
    },
    metadata: { accessibleNamespaces: ['seen'], writableNamespaces: ['written'] },
    statusOnError: 503,
  };
  const fixture = await fixtureWith(policy(fields));
  expect(fixture.plugin(plugin)).toMatchObject({
    processingMode: {
      requestHeaderMode: 'SEND',
      requestBodyMode: 'BUFFERED',
      requestTrailerMode: 'SKIP',
      responseHeaderMode: 'SEND',
      responseBodyMode: 'FULL_DUPLEX_STREAMED',
      responseTrailerMode: 'SEND',
    },
    requestAttributes: ['request.path'],
    messageTimeout: '1.500s',
    allowModeOverride: true,
    metadataOptions: {
      forwardingNamespaces: { untyped: ['seen'] },
      receivingNamespaces: { untyped: ['written'] },
    },
    statusOnError: { code: 'ServiceUnavailable' },
  });
});

test('nothing is shown to a server of what the policy does not name', async () => {
  const fixture = await fixtureWith(policy({ failOpen: true, shadowMode: true }));
  expect(fixture.plugin(plugin)).toMatchObject({
    failureModeAllow: true,
    observabilityMode: true,
    processingMode: { requestHeaderMode: 'SKIP', responseHeaderMode: 'SKIP' },
  });
});

const settings = (maxConnections: number) => ({
  circuitBreaker: { maxConnections },
  timeout: { http: { maxStreamDuration: '1h' } },
});

test('settings of a server are those of a cluster of its own, which an edit changes in place', async () => {
  const fixture = await fixtureWith(policy({ backendSettings: settings(1) }));
  const name = `${cluster}/@settings/EnvoyExtensionPolicy/default/plugins/extProc/0`;
  expect(fixture.plugin(plugin)).toMatchObject({ grpcService: { envoyGrpc: { clusterName: name } } });
  expect(fixture.client.json('CDS', name)).toMatchObject({
    edsClusterConfig: { serviceName: 'default/processor/9000' },
    circuitBreakers: { thresholds: [{ maxConnections: 1 }] },
    typedExtensionProtocolOptions: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        commonHttpProtocolOptions: { maxStreamDuration: '3600s' },
        explicitHttpConfig: { http2ProtocolOptions: {} },
      },
    },
  });
  fixture.client.take();
  await fixture.apply(policy({ backendSettings: settings(2) }));
  expect(fixture.client.json('CDS', name)).toMatchObject({
    circuitBreakers: { thresholds: [{ maxConnections: 2 }] },
  });
  expect(fixture.client.take()).toEqual([`CDS ${name}`, 'EDS default/processor/9000']);
  await fixture.apply(policy({ backendSettings: {} }));
  expect(fixture.plugin(plugin)).toMatchObject({ grpcService: { envoyGrpc: { clusterName: cluster } } });
});

test('settings without effect on a server are named', async () => {
  const backendSettings = {
    retry: {},
    dns: { lookupFamily: 'IPv7' },
    timeout: { http: { requestTimeout: '1s', streamIdleTimeout: '1s' } },
    loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'SourceIP' } },
  };
  const fixture = await fixtureWith(policy({ backendSettings }));
  const at = 'spec.extProc[0].backendSettings';
  expect(fixture.condition('Accepted')).toMatchObject({
    status: 'True',
    message:
      `the policy is accepted, without what is not supported: ${at}.retry, ` +
      `${at}.timeout.http.requestTimeout, ${at}.timeout.http.streamIdleTimeout, ${at}.dns.lookupFamily IPv7, ${at}.loadBalancer.type ConsistentHash`,
  });
});

test.each([
  [
    { backendRefs: [{ name: 'absent', port: 1 }] },
    '.backendRefs[0].name: Service default/absent does not exist',
  ],
  [{ backendRefs: [{ name: 'processor' }] }, '.backendRefs[0].port: is required for a Service'],
  [{ backendRefs: [toProcessor, toProcessor] }, '.backendRefs[1]: is not supported yet: one server is'],
  [{ backendRefs: [{ ...toProcessor, fallback: true }] }, '.backendRefs[0].fallback: is not supported yet'],
  [
    { backendRefs: [{ ...toProcessor, kind: 'Endpoints', group: 'gateway.envoyproxy.io' }] },
    '.backendRefs[0].kind: ',
  ],
  [{ backendRefs: [] }, '.backendRefs: is required'],
])(
  'a server that cannot be called closes its routes, unless they are to be open, and the policy says why (%#)',
  async (fields, message) => {
    const fixture = await fixtureWith(policy(fields));
    expect(fixture.route('a.test')).toEqual({ status: 500, plugins: [] });
    expect(fixture.condition('Accepted')).toMatchObject({
      status: 'False',
      message: expect.stringContaining(`spec.extProc[0]${message}`) as unknown,
    });
    await fixture.apply(policy({ ...fields, failOpen: true }));
    expect(fixture.route('a.test')).toEqual({ status: undefined, plugins: [] });
  },
);

test('a server of another namespace needs a grant', async () => {
  const far = m.service('processor', { namespace: 'far', port: { port: 9000 } });
  const fixture = await fixtureWith(far, policy({ backendRefs: [{ ...toProcessor, namespace: 'far' }] }));
  expect(fixture.route('a.test').status).toBe(500);
  const from = { group: 'gateway.envoyproxy.io', kind: 'EnvoyExtensionPolicy', namespace: 'default' };
  await fixture.apply(m.referenceGrant(from, { group: '', kind: 'Service' }, 'far'));
  expect(fixture.route('a.test').plugins).toEqual([plugin]);
});

test.each([
  [
    { failOpen: true, processingMode: { request: { body: 'FullDuplexStreamed' } } },
    'processingMode.request.body',
  ],
  [{ shadowMode: true, processingMode: { response: { body: 'Buffered' } } }, 'processingMode.response.body'],
  [{ statusOnError: 200 }, 'statusOnError'],
  [
    { backendSettings: { circuitBreaker: { maxConnections: -1 } } },
    'backendSettings.circuitBreaker.maxConnections',
  ],
  [{ messageTimeout: '2h' }, 'messageTimeout'],
  [{ processingMode: { request: { attributes: ['filter_state'] } } }, 'processingMode.request.attributes[0]'],
  [{ metadata: { writableNamespaces: ['envoy.filters.http.rbac'] } }, 'metadata.writableNamespaces[0]'],
])('what Envoy would refuse closes the routes of the policy (%#)', async (fields, path) => {
  const parsed = parseObject(policy(fields));
  expect(parsed).toMatchObject({ kind: 'row', problems: [{ path: `spec.extProc[0].${path}` }] });
  const fixture = await fixtureWith(policy(fields));
  expect(fixture.route('a.test')).toEqual({ status: 500, plugins: [] });
});
