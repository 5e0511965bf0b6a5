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

interface Listener {
  readonly filterChains: readonly {
    readonly filters: readonly { readonly typedConfig: { readonly tracing?: Tracing } }[];
  }[];
}

function tracingOf(listener: unknown): Tracing | undefined {
  return (listener as Listener).filterChains[0]?.filters[0]?.typedConfig.tracing;
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

function telemetry(spec: object): object {
  return m.envoyProxy({ telemetry: spec });
}
