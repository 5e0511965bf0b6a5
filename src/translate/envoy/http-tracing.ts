import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { DatadogConfig } from '../../../proto/gen/envoy/config/trace/v3/datadog.ts';
import type { Tracing_Http } from '../../../proto/gen/envoy/config/trace/v3/http_tracer.ts';
import { OpenTelemetryConfig } from '../../../proto/gen/envoy/config/trace/v3/opentelemetry.ts';
import {
  ZipkinConfig,
  ZipkinConfig_CollectorEndpointVersion,
} from '../../../proto/gen/envoy/config/trace/v3/zipkin.ts';
import { StaticConfigResourceDetectorConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/static_config_resource_detector.ts';
import { AlwaysOnSamplerConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/samplers/v3/always_on_sampler.ts';
import { ParentBasedSamplerConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/samplers/v3/parent_based_sampler.ts';
import { TraceIdRatioBasedSamplerConfig } from '../../../proto/gen/envoy/extensions/tracers/opentelemetry/samplers/v3/trace_id_ratio_based_sampler.ts';
import type { HttpConnectionManager_Tracing } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { OpenTelemetryProviderIR, SamplerIR, TelemetryServerIR, TracingIR } from '../telemetry-ir.ts';
import { any } from './any.ts';
import { customTag } from './custom-tag.ts';
import { millionthsOf } from './fraction.ts';
import { grpcService } from './telemetry-server.ts';

export function httpTracing(tracing: TracingIR): HttpConnectionManager_Tracing {
  const { clientSampling, randomSampling, overallSampling, tags, spanName } = tracing;
  return {
    clientSampling: { value: clientSampling },
    randomSampling: { value: randomSampling },
    overallSampling: { value: overallSampling },
    customTags: tags.map(customTag),
    provider: traceProvider(tracing),
    spawnUpstreamSpan: true,
    ...(spanName === undefined ? {} : { operation: spanName.client, upstreamOperation: spanName.server }),
  };
}

function traceProvider({ server, provider }: TracingIR): Tracing_Http {
  const { cluster: collectorCluster, authority: collectorHostname } = server;
  switch (provider.kind) {
    case 'openTelemetry':
      return named('opentelemetry', any(OpenTelemetryConfig, openTelemetry(server, provider)));
    case 'datadog': {
      const { serviceName } = provider;
      return named('datadog', any(DatadogConfig, { collectorCluster, collectorHostname, serviceName }));
    }
    case 'zipkin': {
      const config: ZipkinConfig = {
        collectorCluster,
        collectorHostname,
        collectorEndpoint: '/api/v2/spans',
        collectorEndpointVersion: ZipkinConfig_CollectorEndpointVersion.HTTP_JSON,
        traceId128bit: provider.has128Bits,
        sharedSpanContext: provider.sharesSpans,
      };
      return named('zipkin', any(ZipkinConfig, config));
    }
  }
}

function named(name: string, value: ReturnType<typeof any>): Tracing_Http {
  return { name: `envoy.tracers.${name}`, configType: { $case: 'typedConfig', value } };
}

function openTelemetry(
  server: TelemetryServerIR,
  { serviceName, resource, sampler }: OpenTelemetryProviderIR,
): OpenTelemetryConfig {
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
