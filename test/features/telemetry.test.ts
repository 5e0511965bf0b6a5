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

test('traces have every setting', async () => {
  const tracing = {
    samplingFraction: fraction(1, 4),
    clientSamplingFraction: fraction(50),
    overallSamplingFraction: fraction(75),
    customTags: {
      literal: { literal: { value: 'a' } },
      env: { type: 'Environment', environment: { name: 'HOME' } },
      header: { type: 'RequestHeader', requestHeader: { name: 'x-a', defaultValue: 'none' } },
      both: { literal: { value: 'old' } },
    },
    tags: { both: '%PROTOCOL%' },
    spanName: { client: 'c', server: 's' },
    provider: {
      backendRefs,
      openTelemetry: {
        headers: [{ name: 'x-tenant', value: 't' }],
        resourceAttributes: { team: 'a' },
      },
    },
  };
  const pipeline = await Pipeline.started([...base, telemetry({ tracing })]);
  const client = await pipeline.connected();
  const found = tracingOf(client.json('LDS', http));
  expect(found).toMatchObject({
    clientSampling: { value: 50 },
    randomSampling: { value: 25 },
    overallSampling: { value: 75 },
    customTags: [
      { tag: 'both', value: '%PROTOCOL%' },
      { tag: 'env', environment: { name: 'HOME' } },
      { tag: 'header', requestHeader: { name: 'x-a', defaultValue: 'none' } },
      { tag: 'literal', literal: { value: 'a' } },
    ],
    operation: 'c',
    upstreamOperation: 's',
    provider: {
      typedConfig: {
        grpcService: {
          envoyGrpc: { clusterName: sink, authority: 'sink.default:80' },
          initialMetadata: [{ key: 'x-tenant', value: 't' }],
        },
        serviceName: 'web.default',
        resourceDetectors: [{ typedConfig: { attributes: { team: 'a' } } }],
      },
    },
  });
});

const collector = { collectorCluster: 'default/sink/80/http1', collectorHostname: 'sink.default:80' };

test.each<[string, object, object]>([
  [
    'Zipkin',
    {},
    {
      ...collector,
      collectorEndpoint: '/api/v2/spans',
      collectorEndpointVersion: 'HTTP_JSON',
      sharedSpanContext: true,
    },
  ],
  [
    'Zipkin',
    { zipkin: { enable128BitTraceId: true, disableSharedSpanContext: true } },
    { ...collector, traceId128bit: true, sharedSpanContext: false },
  ],
  ['Datadog', { serviceName: 'edge' }, { ...collector, serviceName: 'edge' }],
  ['Datadog', {}, { ...collector, serviceName: 'web.default' }],
])('traces of %s go by HTTP, with %j', async (type, fields, expected) => {
  const tracing = { samplingRate: 5, provider: { type, backendRefs, ...fields } };
  const pipeline = await Pipeline.started([...base, telemetry({ tracing })]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual(['default/sink/80/http1']);
  expect(tracingOf(client.json('LDS', http))).toMatchObject({
    randomSampling: { value: 5 },
    provider: { name: `envoy.tracers.${type.toLowerCase()}`, typedConfig: expected },
  });
});

test.each([
  ['AlwaysOn', undefined, ['always_on']],
  ['AlwaysOff', undefined, ['trace_id_ratio_based', 0]],
  ['TraceIdRatio', { numerator: 1, denominator: 1000 }, ['trace_id_ratio_based', 1000]],
  ['ParentBasedAlwaysOn', undefined, ['parent_based', 'always_on']],
  ['ParentBasedAlwaysOff', undefined, ['parent_based', 'trace_id_ratio_based', 0]],
  ['ParentBasedTraceIdRatio', undefined, ['parent_based', 'trace_id_ratio_based', 1_000_000]],
])('sampler %s', async (type, samplingPercentage, expected) => {
  const sampler = { type, ...(samplingPercentage === undefined ? {} : { samplingPercentage }) };
  const tracing = { samplingRate: 1, provider: { backendRefs, openTelemetry: { sampler } } };
  const pipeline = await Pipeline.started([...base, telemetry({ tracing })]);
  const client = await pipeline.connected();
  const found = tracingOf(client.json('LDS', http));
  // The sampler alone decides.
  expect(found).toMatchObject({ randomSampling: { value: 100 } });
  expect(samplers(found?.provider.typedConfig.sampler)).toEqual(expected);
});

test.each([
  [{ provider: { type: 'Pigeon', backendRefs } }, 'True', 'provider.type: Pigeon is not supported yet'],
  [{ provider: {} }, 'False', 'provider.backendRefs: is required'],
  [{ tags: { a: '%NOPE%' }, provider: { backendRefs } }, 'False', 'tags.a: %NOPE% is no command of Envoy'],
  [{ samplingRate: 101, provider: { backendRefs } }, 'False', 'samplingRate: must be at most 100'],
  [
    { customTags: { a: { type: 'Environment' } }, provider: { backendRefs } },
    'False',
    'customTags.a.environment: ',
  ],
])('tracing %j is said', async (tracing, status, message) => {
  const pipeline = await Pipeline.started([...base, telemetry({ tracing })]);
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({
    status,
    message: expect.stringContaining(`spec.telemetry.tracing.${message}`) as string,
  });
  const client = await pipeline.connected();
  expect(tracingOf(client.json('LDS', http))).toBeUndefined();
});

function fraction(numerator: number, denominator?: number): object {
  return { numerator, denominator };
}

interface Filter {
  readonly andFilter?: { readonly filters: readonly Filter[] };
  readonly extensionFilter?: { readonly typedConfig: { readonly expression: string } };
  readonly responseFlagFilter?: { readonly flags: readonly string[] };
}

interface Sampler {
  readonly name: string;
  readonly typedConfig: {
    readonly samplingPercentage?: { readonly numerator?: number };
    readonly wrappedSampler?: Sampler;
  };
}

interface Tracing {
  readonly provider: { readonly typedConfig: { readonly sampler?: Sampler } };
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
        readonly tracing?: Tracing;
        readonly httpFilters: readonly { readonly typedConfig: { readonly upstreamLog?: readonly Log[] } }[];
      };
    }[];
  }[];
}

function tracingOf(listener: unknown): Tracing | undefined {
  return (listener as Listener).filterChains[0]?.filters[0]?.typedConfig.tracing;
}

function shortened(filter: Filter | undefined): string | undefined {
  if (filter?.andFilter !== undefined) return filter.andFilter.filters.map(shortened).join(', ');
  return filter?.extensionFilter?.typedConfig.expression ?? filter?.responseFlagFilter?.flags.join();
}

function samplers(sampler: Sampler | undefined): (string | number)[] {
  if (sampler === undefined) return [];
  const { samplingPercentage, wrappedSampler } = sampler.typedConfig;
  return [
    sampler.name.slice(sampler.name.lastIndexOf('.') + 1),
    ...(samplingPercentage === undefined ? [] : [samplingPercentage.numerator ?? 0]),
    ...samplers(wrappedSampler),
  ];
}

function als(): object {
  return { type: 'ALS', als: { type: 'HTTP', backendRefs } };
}

function log(setting: object): object {
  return { settings: [setting] };
}

function telemetry(spec: object): object {
  return m.envoyProxy({ telemetry: spec });
}
