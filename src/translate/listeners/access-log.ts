import type { EnvoyProxyRow } from '../../kinds/envoy-gateway/envoy-proxy.ts';
import type { AccessLogIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { accessLogFormatProblem } from './access-log-format.ts';
import { isManaged } from '../attach/ownership.ts';
import type { Parameters } from '../gateways/parameters.ts';

export interface AccessLogResult {
  readonly logs: readonly AccessLogIR[];
  /** Ignored settings, with field paths below the EnvoyProxy. */
  readonly problems: readonly string[];
}

/** Returns the logs; without an EnvoyProxy, proxies that Sluice runs write JSON to standard output, others nothing. */
export function accessLogs(reader: Reader, parameters: Parameters): AccessLogResult {
  const proxy = parameters.kind === 'valid' ? parameters.proxy : undefined;
  const accessLog = proxy?.telemetry.accessLog;
  if (accessLog === undefined) return { logs: isManaged(reader) ? [defaultLog] : [], problems: [] };
  if (accessLog.disable) return { logs: [], problems: [] };
  if (accessLog.settings.length === 0) return { logs: [defaultLog], problems: [] };
  const logs: AccessLogIR[] = [];
  const problems: string[] = [];
  for (const [i, setting] of accessLog.settings.entries()) {
    const path = `spec.telemetry.accessLog.settings[${i}]`;
    const problem = settingProblem(setting, path);
    if (problem === undefined) addSinks(setting, path, logs, problems);
    else problems.push(problem);
  }
  return { logs, problems };
}

type Setting = NonNullable<EnvoyProxyRow['spec']['telemetry']['accessLog']>['settings'][number];

/** Ignores a setting as a whole: without its matches, for example, it would log requests that it must not. */
function settingProblem({ type, matches, format }: Setting, path: string): string | undefined {
  if (type !== undefined && type !== 'Route') return `${path}.type: ${type} is not supported yet`;
  if (matches.length > 0) return `${path}.matches: is not supported yet`;
  const texts = [...(format?.json ?? []).map(([, value]) => value), format?.text ?? ''];
  const problem = texts.map(accessLogFormatProblem).find((found) => found !== undefined);
  return problem === undefined ? undefined : `${path}.format: ${problem}`;
}

function addSinks(setting: Setting, path: string, logs: AccessLogIR[], problems: string[]): void {
  const format = formatOf(setting.format);
  if (setting.sinks.length === 0) logs.push({ path: stdout, format });
  for (const [i, { type, file }] of setting.sinks.entries()) {
    if (type !== 'File') problems.push(`${path}.sinks[${i}].type: ${type} is not supported yet`);
    else if (file !== undefined) logs.push({ path: file.path, format });
  }
}

function formatOf(format: Setting['format']): AccessLogIR['format'] {
  const { type, text, json = [] } = format ?? {};
  const wantsText = type === 'Text' || (type === undefined && json.length === 0);
  if (wantsText && text !== undefined) return { kind: 'text', text };
  return { kind: 'json', fields: json.length > 0 ? json : defaultFields };
}

const stdout = '/dev/stdout';

/** Envoy Gateway's names, which dashboards and log parsers of its users know. In order of name. */
const defaultFields: readonly (readonly [string, string])[] = [
  [':authority', '%REQ(:AUTHORITY)%'],
  ['bytes_received', '%BYTES_RECEIVED%'],
  ['bytes_sent', '%BYTES_SENT%'],
  ['connection_termination_details', '%CONNECTION_TERMINATION_DETAILS%'],
  ['downstream_local_address', '%DOWNSTREAM_LOCAL_ADDRESS%'],
  ['downstream_remote_address', '%DOWNSTREAM_REMOTE_ADDRESS%'],
  ['duration', '%DURATION%'],
  ['method', '%REQ(:METHOD)%'],
  ['protocol', '%PROTOCOL%'],
  ['requested_server_name', '%REQUESTED_SERVER_NAME%'],
  ['response_code', '%RESPONSE_CODE%'],
  ['response_code_details', '%RESPONSE_CODE_DETAILS%'],
  ['response_flags', '%RESPONSE_FLAGS%'],
  ['route_name', '%ROUTE_NAME%'],
  ['start_time', '%START_TIME%'],
  ['upstream_cluster', '%UPSTREAM_CLUSTER%'],
  ['upstream_host', '%UPSTREAM_HOST%'],
  ['upstream_local_address', '%UPSTREAM_LOCAL_ADDRESS%'],
  ['upstream_transport_failure_reason', '%UPSTREAM_TRANSPORT_FAILURE_REASON%'],
  ['user-agent', '%REQ(USER-AGENT)%'],
  ['x-envoy-origin-path', '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%'],
  ['x-envoy-upstream-service-time', '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%'],
  ['x-forwarded-for', '%REQ(X-FORWARDED-FOR)%'],
  ['x-request-id', '%REQ(X-REQUEST-ID)%'],
];

const defaultLog: AccessLogIR = { path: stdout, format: { kind: 'json', fields: defaultFields } };
