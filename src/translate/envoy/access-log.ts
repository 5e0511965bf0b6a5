import type { AccessLog } from '../../../proto/gen/envoy/config/accesslog/v3/accesslog.ts';
import type { SubstitutionFormatString } from '../../../proto/gen/envoy/config/core/v3/substitution_format_string.ts';
import { FileAccessLog } from '../../../proto/gen/envoy/extensions/access_loggers/file/v3/file.ts';
import { StdoutAccessLog } from '../../../proto/gen/envoy/extensions/access_loggers/stream/v3/stream.ts';
import type { AccessLogIR } from '../ir.ts';
import { any } from './any.ts';

/** Uses standard output as it is open: opening its path needs a permission that a pod's user may lack. */
export function accessLog({ path, format }: AccessLogIR): AccessLog {
  const accessLogFormat = { $case: 'logFormat', value: formatString(format) } as const;
  if (path === '/dev/stdout') {
    return log('envoy.access_loggers.stdout', any(StdoutAccessLog, { accessLogFormat }));
  }
  return log('envoy.access_loggers.file', any(FileAccessLog, { path, accessLogFormat }));
}

function log(name: string, value: ReturnType<typeof any>): AccessLog {
  return { name, configType: { $case: 'typedConfig', value } };
}

function formatString(format: AccessLogIR['format']): SubstitutionFormatString {
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
