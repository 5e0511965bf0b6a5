import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accepted, rejected } from '../rig/envoy/cel-expressions.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { GrpcSink } from '../rig/envoy/grpc-sink.ts';
import * as m from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let sink: GrpcSink;

beforeAll(async () => {
  sink = await new GrpcSink().start();
  rig = await EnvoyRig.start();
  await rig.backend('app');
  rig.apply([
    m.service('sink'),
    m.endpointSlice(['127.0.0.1'], { name: 'sink', service: 'sink', port: sink.port }),
  ]);
  await rig.serve('app', [toService('app')]);
});

beforeEach(() => {
  sink.calls.length = 0;
});

afterAll(async () => {
  await rig.close();
  sink.close();
});

const backendRefs = [m.backend('sink')];

test('Envoy’s log service gets an entry for each request, with the headers that are asked for', async () => {
  const http = { requestHeaders: ['x-asked'], responseHeaders: ['x-none'] };
  await logTo({ sinks: [{ type: 'ALS', als: { type: 'HTTP', logName: 'edge', backendRefs, http } }] });
  await rig.send('app', { path: '/seen', headers: { 'x-asked': 'mine' } });
  const messages = await received('AccessLogService');
  expect(messages[0]).toContain('edge');
  expect(messages.join()).toMatch(/\/seen[^]*x-asked[^]*mine/);
});

test('Envoy’s log service gets connections in the form of TCP', async () => {
  await logTo({ type: 'Listener', sinks: [{ type: 'ALS', als: { type: 'TCP', backendRefs } }] });
  await rig.send('app', { headers: { connection: 'close' } });
  expect((await received('AccessLogService'))[0]).toContain('default/proxy');
});

test('a collector of OpenTelemetry gets records with text, fields and attributes, and the headers of the sink', async () => {
  const openTelemetry = {
    backendRefs,
    resourceAttributes: { 'deployment.environment': 'test' },
    headers: [{ name: 'X-Tenant', value: 'a' }],
  };
  await logTo({
    format: { text: 'saw %REQ(:PATH)%', json: { code: '%RESPONSE_CODE%' } },
    sinks: [{ type: 'OpenTelemetry', openTelemetry }],
  });
  await rig.send('app', { path: '/otel' });
  const [message] = await received('LogsService');
  expect(message).toMatch(/deployment\.environment[^]*test/);
  expect(message).toContain('saw /otel');
  expect(message).toMatch(/code[^]*200/);
  expect(sink.calls[0]?.headers).toMatchObject({ 'x-tenant': 'a', ':authority': 'sink.default:80' });
});

test('a log has the requests alone that all of its expressions are true for', async () => {
  await logTo({
    matches: ['response.code == 404', 'request.path.startsWith("/missing")'],
    sinks: [{ type: 'ALS', als: { type: 'HTTP', backendRefs } }],
  });
  await rig.send('app', { path: '/found' });
  await rig.send('other.test', { path: '/missing/host' });
  await rig.send('other.test', { path: '/elsewhere' });
  const messages = (await received('AccessLogService')).join();
  expect(messages).toContain('/missing/host');
  expect(messages).not.toContain('/found');
  expect(messages).not.toContain('/elsewhere');
});

test('Envoy takes each of the expressions that Sluice takes', async () => {
  for (const expression of accepted) {
    await logTo({ matches: [expression], sinks: [{ type: 'File', file: { path: '/dev/null' } }] });
    expect([expression, await rig.rejected()]).toEqual([expression, 0]);
  }
  for (const expression of rejected) {
    await logTo({ matches: [expression], sinks: [{ type: 'File', file: { path: '/dev/null' } }] });
    expect(rig.condition('Gateway', 'web', 'Accepted')).toMatchObject({ reason: 'InvalidParameters' });
    expect([expression, await rig.rejected()]).toEqual([expression, 0]);
  }
});

test('traces go to the collector, with tags and names', async () => {
  await telemetry({
    tracing: {
      samplingRate: 100,
      customTags: {
        fixed: { type: 'Literal', literal: { value: 'always' } },
        asked: { type: 'RequestHeader', requestHeader: { name: 'x-asked', defaultValue: 'none' } },
      },
      tags: { where: '%REQ(:PATH)%' },
      spanName: { client: 'to %REQ(:AUTHORITY)%', server: 'in' },
      provider: {
        type: 'OpenTelemetry',
        serviceName: 'edge',
        backendRefs,
        openTelemetry: { resourceAttributes: { team: 'a' }, sampler: { type: 'ParentBasedAlwaysOn' } },
      },
    },
  });
  const { headers } = await rig.echo('app', { path: '/traced', headers: { 'x-asked': 'mine' } });
  expect(headers).toHaveProperty('traceparent');
  const messages = (await received('TraceService')).join();
  for (const text of ['edge', 'team', 'always', 'mine', '/traced', 'to app.test'])
    expect(messages).toContain(text);
});

test.each(['Zipkin', 'Datadog'])('traces go to %s over HTTP', async (type) => {
  const collector = await rig.backend('collector');
  const before = collector.count;
  await telemetry({
    tracing: { samplingRate: 100, provider: { type, backendRefs: [m.backend('collector')] } },
  });
  await rig.send('app');
  await converge(() => collector.count > before);
});

test('with a sampling rate of 0 there are no traces, unless a client may ask for them and does', async () => {
  const provider = { backendRefs };
  await telemetry({ tracing: { samplingRate: 0, provider } });
  const forced = { 'x-client-trace-id': 'a' };
  await rig.send('app', { headers: forced });
  await telemetry({ tracing: { samplingRate: 0, clientSamplingFraction: { numerator: 100 }, provider } });
  await rig.send('app', { path: '/forced', headers: forced });
  const messages = (await received('TraceService')).join();
  expect(messages).toContain('/forced');
  expect(messages.match(/http\.url/g)).toHaveLength(1);
});

test('a policy decides about the traces of its route, their tags and names', async () => {
  await telemetry({ tracing: { samplingRate: 100, provider: { backendRefs } } });
  for (const [name, tracing] of [
    ['silent', { samplingFraction: { numerator: 0 } }],
    ['named', { tags: { where: 'at %REQ(:PATH)%' }, spanName: { client: 'own name', server: 'in' } }],
  ] as const) {
    const targetRefs = [{ kind: 'HTTPRoute', name }];
    rig.apply([m.policy('BackendTrafficPolicy', { targetRefs, telemetry: { tracing } }, { name })]);
    await rig.serve(name, [toService('app')]);
  }
  await rig.send('silent', { path: '/silent' });
  await rig.send('named', { path: '/named' });
  const messages = (await received('TraceService')).join();
  expect(messages).toContain('at /named');
  expect(messages).toContain('own name');
  expect(messages).not.toContain('/silent');
});

test('a server that is not there leaves its log out, and the Gateway says so', async () => {
  await logTo({
    sinks: [{ type: 'ALS', als: { type: 'HTTP', backendRefs: [m.backend('missing')] } }],
  });
  expect(rig.condition('Gateway', 'web', 'Accepted')).toMatchObject({
    status: 'False',
    reason: 'InvalidParameters',
    message: expect.stringContaining('sinks[0].als.backendRefs[0].name: Service default/missing') as string,
  });
  expect((await rig.send('app')).status).toBe(200);
});

async function logTo(setting: object): Promise<void> {
  await telemetry({ accessLog: { settings: [setting] } });
}

async function telemetry(spec: object): Promise<void> {
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy', namespace: 'default' };
  rig.apply([m.gatewayClass('sluice', ref), m.envoyProxy({ telemetry: spec })]);
  await rig.settled();
}

/** Envoy sends logs every second, and traces every five. */
async function received(service: string): Promise<string[]> {
  await converge(() => sink.messages(service).length > 0);
  return sink.messages(service);
}
