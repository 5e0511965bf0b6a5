import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const sink = 'default/sink/80/http2';
const backendRefs = [m.backend('sink')];
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } }),
  m.service('sink'),
  m.endpointSlice(['10.0.0.9'], { name: 'sink', service: 'sink' }),
];
const http = 'default/web/80';

test('a sink is a cluster that proxies have before the listener that logs to it, and its endpoints are no listener', async () => {
  const pipeline = await Pipeline.started([...base, m.envoyProxy({})]);
  const client = await pipeline.connected();
  client.take();
  pipeline.apply(telemetry({ accessLog: log({ sinks: [als()] }) }));
  await pipeline.drain();
  expect(client.take().slice(0, 3)).toEqual([`CDS ${sink}`, 'EDS default/sink/80', 'LDS default/web/80']);
  pipeline.apply(m.endpointSlice(['10.0.0.10'], { name: 'sink', service: 'sink' }));
  await pipeline.drain();
  expect(client.take()).toEqual(['EDS default/sink/80']);
  pipeline.apply(m.envoyProxy({}));
  await pipeline.drain();
  expect(client.take()).toContain(`CDS -${sink}`);
});

test('logs stand where their type says, with their filters', async () => {
  const file = { type: 'File', file: { path: '/a' } };
  const settings = [
    { sinks: [file], matches: ['response.code == 500', 'true'] },
    { type: 'Route', sinks: [file] },
    { type: 'Listener', sinks: [file] },
    { type: 'Upstream', sinks: [file] },
  ];
  const pipeline = await Pipeline.started([...base, telemetry({ accessLog: { settings } })]);
  const client = await pipeline.connected();
  const { accessLog, filterChains } = client.json('LDS', http) as unknown as Listener;
  const server = filterChains[0]?.filters[0]?.typedConfig;
  expect(accessLog.map(({ filter }) => shortened(filter))).toEqual([
    'response.code == 500, true, NR',
    undefined,
  ]);
  expect(server?.accessLog.map(({ filter }) => shortened(filter))).toEqual([
    'response.code == 500, true',
    undefined,
  ]);
  expect(server?.httpFilters.at(-1)?.typedConfig.upstreamLog).toHaveLength(1);
});

test('settings of a server are those of a cluster of its own, which an edit changes in place', async () => {
  const own = `${sink}/@settings/Gateway/default/web`;
  const pipeline = await Pipeline.started([...base, telemetry(withConnections(1))]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([`${own}/accessLog/0/0`, `${own}/tracing`]);
  expect(client.json('CDS', `${own}/tracing`)).toMatchObject({ connectTimeout: '3s' });
  expect(client.json('CDS', `${own}/accessLog/0/0`)).toMatchObject({
    circuitBreakers: { thresholds: [{ maxConnections: 1 }] },
  });
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({
    status: 'True',
    message: expect.stringContaining('sinks[0].als.backendSettings.retry: is not supported') as string,
  });
  client.take();
  pipeline.apply(telemetry(withConnections(2)));
  await pipeline.settle();
  expect(client.take()).toEqual([`CDS ${own}/accessLog/0/0`, 'EDS default/sink/80']);
  expect(client.json('CDS', `${own}/accessLog/0/0`)).toMatchObject({
    circuitBreakers: { thresholds: [{ maxConnections: 2 }] },
  });
});

test('ports of TCP and UDP log too', async () => {
  const listeners = [
    { name: 'udp', port: 53, protocol: 'UDP' },
    { name: 'tcp', port: 9000, protocol: 'TCP' },
  ];
  const gateway = m.gateway(listeners, { infrastructure: { parametersRef: ref } });
  const settings = [{ sinks: [als()] }];
  const pipeline = await Pipeline.started([...base, gateway, telemetry({ accessLog: { settings } })]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([sink, 'udp:default/web/53']);
  const resources = [
    client.json('LDS', 'default/web/53/udp'),
    client.json('LDS', 'default/web/9000'),
    client.json('ECDS', 'tcp_proxy/default/web/9000/*'),
  ];
  expect(resources.map((one) => JSON.stringify(one).split(`"${sink}"`).length - 1)).toEqual([2, 1, 1]);
});

test('a server over TLS is called by TLS', async () => {
  const policy = m.policy('BackendTLSPolicy', {
    targetRefs: [{ group: '', kind: 'Service', name: 'sink' }],
    validation: { hostname: 'sink.internal', wellKnownCACertificates: 'System' },
  });
  const pipeline = await Pipeline.started([
    ...base,
    policy,
    telemetry({ accessLog: log({ sinks: [als()] }) }),
  ]);
  expect(pipeline.names('CDS')).toEqual([`${sink}/tls`]);
});

test('a log or trace whose server is missing is left out until it is there, and the Gateway is not accepted', async () => {
  const spec = { accessLog: log({ sinks: [als()] }), tracing: { provider: { backendRefs } } };
  const pipeline = await Pipeline.started([...base, telemetry(spec)]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([sink]);
  pipeline.delete(m.service('sink'));
  await pipeline.drain();
  expect(JSON.stringify(client.json('LDS', http))).not.toContain(sink);
  const { message = '', ...accepted } = pipeline.gatewayConditions()['Accepted'] ?? {};
  expect(accepted).toMatchObject({ status: 'False', reason: 'InvalidParameters' });
  expect(message).toContain('settings[0].sinks[0].als.backendRefs[0].name: Service default/sink');
  expect(message).toContain('spec.telemetry.tracing.provider.backendRefs[0].name: Service default/sink');
  pipeline.apply(m.service('sink'));
  await pipeline.drain();
  expect(JSON.stringify(client.json('LDS', http))).toContain(sink);
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({ status: 'True' });
});

interface Filter {
  readonly andFilter?: { readonly filters: readonly Filter[] };
  readonly extensionFilter?: { readonly typedConfig: { readonly expression: string } };
  readonly responseFlagFilter?: { readonly flags: readonly string[] };
}

interface Log {
  readonly filter?: Filter;
}

interface Listener {
  readonly accessLog: readonly Log[];
  readonly filterChains: readonly {
    readonly filters: readonly {
      readonly typedConfig: {
        readonly accessLog: readonly Log[];
        readonly httpFilters: readonly { readonly typedConfig: { readonly upstreamLog?: readonly Log[] } }[];
      };
    }[];
  }[];
}

function shortened(filter: Filter | undefined): string | undefined {
  if (filter?.andFilter !== undefined) return filter.andFilter.filters.map(shortened).join(', ');
  return filter?.extensionFilter?.typedConfig.expression ?? filter?.responseFlagFilter?.flags.join();
}

function withConnections(maxConnections: number): object {
  return {
    accessLog: log({ sinks: [als({ backendSettings: { circuitBreaker: { maxConnections }, retry: {} } })] }),
    tracing: { provider: { backendRefs, backendSettings: { timeout: { tcp: { connectTimeout: '3s' } } } } },
  };
}

function als(fields: object = {}): object {
  return { type: 'ALS', als: { type: 'HTTP', backendRefs, ...fields } };
}

function log(setting: object): object {
  return { settings: [setting] };
}

function telemetry(spec: object): object {
  return m.envoyProxy({ telemetry: spec });
}
