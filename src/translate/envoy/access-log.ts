import type { AccessLog, AccessLogFilter } from '../../../proto/gen/envoy/config/accesslog/v3/accesslog.ts';
import { ApiVersion } from '../../../proto/gen/envoy/config/core/v3/config_source.ts';
import type { SubstitutionFormatString } from '../../../proto/gen/envoy/config/core/v3/substitution_format_string.ts';
import { FileAccessLog } from '../../../proto/gen/envoy/extensions/access_loggers/file/v3/file.ts';
import { ExpressionFilter } from '../../../proto/gen/envoy/extensions/access_loggers/filters/cel/v3/cel.ts';
import {
  HttpGrpcAccessLogConfig,
  TcpGrpcAccessLogConfig,
} from '../../../proto/gen/envoy/extensions/access_loggers/grpc/v3/als.ts';
import { OpenTelemetryAccessLogConfig } from '../../../proto/gen/envoy/extensions/access_loggers/open_telemetry/v3/logs_service.ts';
import { StdoutAccessLog } from '../../../proto/gen/envoy/extensions/access_loggers/stream/v3/stream.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { KeyValueList } from '../../../proto/gen/opentelemetry/proto/common/v1/common.ts';
import type { AccessLogIR, AlsSinkIR, FileSinkIR, OpenTelemetrySinkIR } from '../telemetry-ir.ts';
import { any } from './any.ts';
import { grpcService } from './telemetry-server.ts';

export function accessLog(log: AccessLogIR): AccessLog {
  const [name, value] = sinkConfig(log.sink);
  const filter = logFilter(log);
  return {
    name,
    ...(filter === undefined ? {} : { filter }),
    configType: { $case: 'typedConfig', value },
  };
}

/** Returns a field with the logs, or none, as an empty list is another message. */
export function accessLogField(logs: readonly AccessLogIR[]): { readonly accessLog?: AccessLog[] } {
  return logs.length === 0 ? {} : { accessLog: logs.map(accessLog) };
}

function sinkConfig(sink: AccessLogIR['sink']): readonly [string, Any] {
  switch (sink.kind) {
    case 'file':
      return fileConfig(sink);
    case 'als':
      return alsConfig(sink);
    case 'openTelemetry':
      return ['envoy.access_loggers.open_telemetry', any(OpenTelemetryAccessLogConfig, openTelemetry(sink))];
  }
}

/** Uses standard output as it is open: opening its path needs a permission that a pod's user may lack. */
function fileConfig({ path, format }: FileSinkIR): readonly [string, Any] {
  const accessLogFormat = { $case: 'logFormat', value: formatString(format) } as const;
  return path === '/dev/stdout'
    ? ['envoy.access_loggers.stdout', any(StdoutAccessLog, { accessLogFormat })]
    : ['envoy.access_loggers.file', any(FileAccessLog, { path, accessLogFormat })];
}

function alsConfig(sink: AlsSinkIR): readonly [string, Any] {
  const commonConfig = {
    logName: sink.logName,
    grpcService: grpcService(sink.server),
    transportApiVersion: ApiVersion.V3,
  };
  if (sink.type === 'TCP')
    return ['envoy.access_loggers.tcp_grpc', any(TcpGrpcAccessLogConfig, { commonConfig })];
  const config: HttpGrpcAccessLogConfig = {
    commonConfig,
    additionalRequestHeadersToLog: [...sink.requestHeaders],
    additionalResponseHeadersToLog: [...sink.responseHeaders],
    additionalResponseTrailersToLog: [...sink.responseTrailers],
  };
  return ['envoy.access_loggers.http_grpc', any(HttpGrpcAccessLogConfig, config)];
}

function openTelemetry({
  server,
  body,
  attributes,
  resource,
}: OpenTelemetrySinkIR): OpenTelemetryAccessLogConfig {
  return {
    ...(body === undefined ? {} : { body: { value: { $case: 'stringValue', value: body } } }),
    attributes: keyValues(attributes),
    ...(resource.length === 0 ? {} : { resourceAttributes: keyValues(resource) }),
    grpcService: grpcService(server),
    logName: 'otel_envoy_accesslog',
  };
}

function keyValues(pairs: OpenTelemetrySinkIR['attributes']): KeyValueList {
  return {
    values: pairs.map(([key, value]) => ({ key, value: { value: { $case: 'stringValue', value } } })),
  };
}

function logFilter({ matches, isOfUnmatched }: AccessLogIR): AccessLogFilter | undefined {
  const filters = [...matches.map(celFilter), ...(isOfUnmatched ? [unmatched] : [])];
  return filters.length < 2
    ? filters[0]
    : { filterSpecifier: { $case: 'andFilter', value: { filters: [...filters] } } };
}

/** Envoy's flag of requests without a route and of connections without a filter chain. */
const unmatched: AccessLogFilter = {
  filterSpecifier: { $case: 'responseFlagFilter', value: { flags: ['NR'] } },
};

function celFilter(expression: string): AccessLogFilter {
  const value = any(ExpressionFilter, { expression });
  return {
    filterSpecifier: {
      $case: 'extensionFilter',
      value: {
        name: 'envoy.access_loggers.extension_filters.cel',
        configType: { $case: 'typedConfig', value },
      },
    },
  };
}

function formatString(format: FileSinkIR['format']): SubstitutionFormatString {
  switch (format.kind) {
    case 'text': {
      const source = { specifier: { $case: 'inlineString', value: format.text } } as const;
      return { format: { $case: 'textFormatSource', value: source } };
    }
    case 'json':
      // `fromEntries` defines its fields, so that `__proto__` is a field like any other.
      return { format: { $case: 'jsonFormat', value: Object.fromEntries(format.fields) } };
  }
}
