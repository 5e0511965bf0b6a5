import {
  tracingPart,
  type Fraction,
  type Sampler,
  type Tracing,
} from '../../kinds/envoy-gateway/proxy-telemetry.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { backendPlace } from '../backends/backend-ref.ts';
import type { Parameters } from '../gateways/parameters.ts';
import type { Reader } from '../reader.ts';
import type { SamplerIR, TagIR, TraceProviderIR, TracingIR } from '../telemetry-ir.ts';
import { accessLogFormatProblem } from './access-log-format.ts';
import { serverKeys, telemetryServer } from './telemetry-server.ts';

export interface TracingResult {
  /** Undefined: proxies send no traces. */
  readonly tracing: TracingIR | undefined;
  /** Ignored fields, with paths below the EnvoyProxy. */
  readonly leftOut: readonly string[];
  /** Faults for which the Gateway is not accepted. Its listeners are served without traces. */
  readonly faults: readonly string[];
}

/** Reads the Service of the server. */
export function tracing(reader: Reader, gateway: OurGateway, parameters: Parameters): TracingResult {
  const valid = parameters.kind === 'valid' && parameters.proxy !== undefined ? parameters : undefined;
  const spec = valid?.proxy.telemetry.tracing;
  if (valid === undefined || spec === undefined) return { tracing: undefined, leftOut: [], faults: [] };
  const path = 'spec.telemetry.tracing';
  const { type } = spec.provider;
  const provider = providerOf(spec.provider, `${gateway.name}.${gateway.namespace}`);
  if (provider === undefined)
    return {
      tracing: undefined,
      leftOut: [`${path}.provider.type: ${type} is not supported yet`],
      faults: [],
    };
  reader.expect(serverKeys(valid.namespace, spec.provider));
  const place = { ...backendPlace(reader, gateway), namespace: valid.namespace, gateway };
  const found = telemetryServer(reader, place, spec.provider, {
    path: `${path}.provider`,
    part: tracingPart,
    headers: spec.provider.openTelemetry.headers,
    isHttp: provider.kind !== 'openTelemetry',
  });
  const formats = formatProblems(spec, path);
  if (found.kind === 'invalid' || formats.length > 0)
    return {
      tracing: undefined,
      leftOut: [],
      faults: [...(found.kind === 'invalid' ? [found.problem] : []), ...formats],
    };
  return {
    tracing: {
      server: found.server,
      provider,
      // A client must not turn traces on, unless the owner of the Gateway allows it.
      clientSampling: percentOf(spec.clientSamplingFraction) ?? 0,
      // With a sampler Envoy asks it for each request.
      randomSampling: hasSampler(provider)
        ? 100
        : (spec.samplingRate ?? percentOf(spec.samplingFraction) ?? 100),
      overallSampling: percentOf(spec.overallSamplingFraction) ?? 100,
      tags: tagsOf(spec),
      spanName: spec.spanName,
    },
    leftOut: found.leftOut,
    faults: [],
  };
}

function providerOf(
  { type, serviceName, openTelemetry, zipkin }: Tracing['provider'],
  byDefault: string,
): TraceProviderIR | undefined {
  const name = serviceName ?? byDefault;
  switch (type) {
    case 'OpenTelemetry': {
      const { resourceAttributes: resource, sampler } = openTelemetry;
      return { kind: 'openTelemetry', serviceName: name, resource, sampler: sampler && samplerOf(sampler) };
    }
    case 'Datadog':
      return { kind: 'datadog', serviceName: name };
    case 'Zipkin': {
      const { enable128BitTraceId: has128Bits, disableSharedSpanContext: isApart } = zipkin;
      return { kind: 'zipkin', has128Bits, sharesSpans: !isApart };
    }
    default:
      return undefined;
  }
}

function hasSampler(provider: TraceProviderIR): boolean {
  return provider.kind === 'openTelemetry' && provider.sampler !== undefined;
}

function formatProblems({ tags, spanName }: Tracing, path: string): string[] {
  const texts = [
    ...tags.map(([name, value]) => [`tags.${name}`, value] as const),
    ['spanName.client', spanName?.client ?? ''] as const,
    ['spanName.server', spanName?.server ?? ''] as const,
  ];
  return texts.flatMap(([field, text]) => {
    const problem = accessLogFormatProblem(text);
    return problem === undefined ? [] : `${path}.${field}: ${problem}`;
  });
}

/** A tag of the newer field wins over one of the same name. */
function tagsOf({ customTags, tags }: Tracing): TagIR[] {
  const found = new Map<string, TagIR>();
  for (const [name, { type, literal, environment, requestHeader }] of customTags) {
    if (type === 'Literal' && literal !== undefined)
      found.set(name, { name, kind: 'literal', value: literal.value });
    if (type === 'Environment' && environment !== undefined)
      found.set(name, {
        name,
        kind: 'environment',
        of: environment.name,
        byDefault: environment.defaultValue ?? '',
      });
    if (type === 'RequestHeader' && requestHeader !== undefined)
      found.set(name, {
        name,
        kind: 'header',
        of: requestHeader.name,
        byDefault: requestHeader.defaultValue ?? '',
      });
  }
  for (const [name, value] of tags) found.set(name, { name, kind: 'format', value });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function samplerOf({ type, samplingPercentage }: Sampler): SamplerIR {
  const isParentBased = type.startsWith('ParentBased');
  if (type.endsWith('AlwaysOn')) return { isParentBased, millionths: undefined };
  if (type.endsWith('AlwaysOff')) return { isParentBased, millionths: 0 };
  return { isParentBased, millionths: Math.round((percentOf(samplingPercentage) ?? 100) * 10_000) };
}

function percentOf(fraction: Fraction | undefined): number | undefined {
  return fraction && (fraction.numerator / fraction.denominator) * 100;
}
