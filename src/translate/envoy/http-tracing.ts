import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { OpenTelemetryConfig } from '../../../proto/gen/envoy/config/trace/v3/opentelemetry.ts';
import { StaticConfigResourceDetectorConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/static_config_resource_detector.ts';
import { AlwaysOnSamplerConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/samplers/v3/always_on_sampler.ts';
import { ParentBasedSamplerConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/samplers/v3/parent_based_sampler.ts';
import { TraceIdRatioBasedSamplerConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler.ts';
import type { HttpConnectionManager_Tracing } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { CustomTag } from '../../../proto/gen/envoy/type/tracing/v3/custom_tag.ts';
import type { SamplerIR, TagIR, TracingIR } from '../telemetry-ir.ts';
import { any } from './any.ts';
import { millionthsOf } from './fraction.ts';
import { grpcService } from './telemetry-server.ts';

export function httpTracing(tracing: TracingIR): HttpConnectionManager_Tracing {
  const { clientSampling, randomSampling, overallSampling, tags, spanName } = tracing;
  return {
    clientSampling: { value: clientSampling },
    randomSampling: { value: randomSampling },
    overallSampling: { value: overallSampling },
    customTags: tags.map(customTag),
    provider: {
      name: 'envoy.tracers.opentelemetry',
      configType: { $case: 'typedConfig', value: any(OpenTelemetryConfig, providerConfig(tracing)) },
    },
    spawnUpstreamSpan: true,
    ...(spanName === undefined ? {} : { operation: spanName.client, upstreamOperation: spanName.server }),
  };
}

function providerConfig({ server, serviceName, resource, sampler }: TracingIR): OpenTelemetryConfig {
  const attributes = new Map(resource);
  return {
    grpcService: grpcService(server),
    serviceName,
    ...(resource.length === 0
      ? {}
      : {
          resourceDetectors: [
            {
              name: 'envoy.tracers.opentelemetry.resource_detectors.static_config',
              typedConfig: any(StaticConfigResourceDetectorConfig, { attributes }),
            },
          ],
        }),
    ...(sampler === undefined ? {} : { sampler: samplerConfig(sampler) }),
  };
}

function samplerConfig({ isParentBased, millionths }: SamplerIR): TypedExtensionConfig {
  const own =
    millionths === undefined
      ? extension('always_on', any(AlwaysOnSamplerConfig, {}))
      : extension(
          'trace_id_ratio_based',
          any(TraceIdRatioBasedSamplerConfig, { samplingPercentage: millionthsOf(millionths) }),
        );
  if (!isParentBased) return own;
  return extension('parent_based', any(ParentBasedSamplerConfig, { wrappedSampler: own }));
}

function extension(name: string, typedConfig: ReturnType<typeof any>): TypedExtensionConfig {
  return { name: `envoy.tracers.opentelemetry.samplers.${name}`, typedConfig };
}

function customTag(tag: TagIR): CustomTag {
  switch (tag.kind) {
    case 'literal':
      return { tag: tag.name, type: { $case: 'literal', value: { value: tag.value } } };
    case 'format':
      return { tag: tag.name, type: { $case: 'value', value: tag.value } };
    case 'environment': {
      const value = { name: tag.of, defaultValue: tag.byDefault };
      return { tag: tag.name, type: { $case: 'environment', value } };
    }
    case 'header': {
      const value = { name: tag.of, defaultValue: tag.byDefault };
      return { tag: tag.name, type: { $case: 'requestHeader', value } };
    }
  }
}
