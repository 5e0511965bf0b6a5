import {
  serverOfSink,
  sinkPart,
  type AccessLogSetting,
  type AccessLogSink,
} from '../../kinds/envoy-gateway/proxy-telemetry.ts';
import { isManaged, type OurGateway } from '../attach/ownership.ts';
import { backendPlace } from '../backends/backend-ref.ts';
import type { Parameters } from '../gateways/parameters.ts';
import type { Reader } from '../reader.ts';
import type { AccessLogIR, AccessLogsIR, LogSinkIR } from '../telemetry-ir.ts';
import { accessLogFormatProblem } from './access-log-format.ts';
import { celProblem } from './cel-problem.ts';
import { defaultFields, fileFormat, recordFormat, textsOf } from './log-formats.ts';
import { serverKeys, telemetryServer, type TelemetryPlace } from './telemetry-server.ts';

export interface AccessLogResult {
  readonly logs: AccessLogsIR;
  /** Ignored settings, with field paths below the EnvoyProxy. */
  readonly leftOut: readonly string[];
  /** Faults for which the Gateway is not accepted. Its listeners are served without these logs. */
  readonly faults: readonly string[];
}

/**
 * Returns the logs; without an EnvoyProxy, proxies that Sluice runs write JSON to standard output, others nothing. Costs
 * O(sinks), and reads the Service of each.
 */
export function accessLogs(reader: Reader, gateway: OurGateway, parameters: Parameters): AccessLogResult {
  const valid = parameters.kind === 'valid' && parameters.proxy !== undefined ? parameters : undefined;
  const accessLog = valid?.proxy.telemetry.accessLog;
  if (valid === undefined || accessLog === undefined)
    return { logs: isManaged(reader) ? defaultLogs : noLogs, leftOut: [], faults: [] };
  if (accessLog.disable) return { logs: noLogs, leftOut: [], faults: [] };
  if (accessLog.settings.length === 0) return { logs: defaultLogs, leftOut: [], faults: [] };
  const servers = accessLog.settings.flatMap(({ sinks }) =>
    sinks.flatMap((sink) => serverOfSink(sink) ?? []),
  );
  reader.expect(servers.flatMap((server) => serverKeys(valid.namespace, server)));
  const place: Place = {
    ...backendPlace(reader, gateway),
    namespace: valid.namespace,
    gateway,
    proxy: valid.name,
    pod: isManaged(reader) ? podAttributes(gateway) : [],
  };
  const found = accessLog.settings.map((setting, i) => settingLogs(reader, place, setting, i));
  return {
    logs: {
      route: found.flatMap(({ logs }) => logs.route),
      listener: found.flatMap(({ logs }) => logs.listener),
      upstream: found.flatMap(({ logs }) => logs.upstream),
    },
    leftOut: found.flatMap(({ leftOut }) => leftOut),
    faults: found.flatMap(({ faults }) => faults),
  };
}

/** Returns the clusters of the servers that logs are sent to. */
export function logClusters(logs: AccessLogsIR): string[] {
  return sinkClusters([...logs.route, ...logs.listener, ...logs.upstream]);
}

export function sinkClusters(logs: readonly AccessLogIR[]): string[] {
  return logs.flatMap(({ sink }) => (sink.kind === 'file' ? [] : sink.server.cluster));
}

interface Place extends TelemetryPlace {
  /** The EnvoyProxy, as `namespace/name`. */
  readonly proxy: string;
  /** Attributes of OpenTelemetry by which records name their pod. */
  readonly pod: readonly (readonly [string, string])[];
}

function podAttributes({ namespace }: OurGateway): Place['pod'] {
  return [
    ['k8s.namespace.name', namespace],
    ['k8s.pod.name', '%ENVIRONMENT(ENVOY_POD_NAME)%'],
  ];
}

/** Ignores a setting as a whole: without its matches, for example, it would log requests that it must not. */
function settingLogs(
  reader: Reader,
  place: Place,
  setting: AccessLogSetting,
  index: number,
): AccessLogResult {
  const path = `spec.telemetry.accessLog.settings[${index}]`;
  const { type, matches, format } = setting;
  const faults = matches.flatMap((match, i) => {
    const problem = celProblem(match);
    return problem === undefined ? [] : `${path}.matches[${i}]: ${problem}`;
  });
  if (faults.length > 0) return { logs: noLogs, leftOut: [], faults };
  const problem = textsOf(format)
    .map(accessLogFormatProblem)
    .find((found) => found !== undefined);
  if (problem !== undefined) return { logs: noLogs, leftOut: [`${path}.format: ${problem}`], faults: [] };
  const sinks = setting.sinks.map((sink, i) => sinkOf(reader, place, sink, format, [index, i]));
  const valid: readonly LogSinkIR[] =
    sinks.length === 0
      ? [{ kind: 'file', path: stdout, format: fileFormat(format) }]
      : sinks.flatMap(({ sink }) => sink ?? []);
  const logs = valid.map((sink): AccessLogIR => ({ sink, matches, isOfUnmatched: false }));
  return {
    logs: placed(logs, type),
    leftOut: sinks.flatMap(({ leftOut = [] }) => leftOut),
    faults: sinks.flatMap(({ fault }) => fault ?? []),
  };
}

/** A log without a type is of routes, and of connections that no filter chain takes. */
function placed(logs: readonly AccessLogIR[], type: AccessLogSetting['type']): AccessLogsIR {
  switch (type) {
    case undefined:
      return { ...noLogs, route: logs, listener: logs.map((log) => ({ ...log, isOfUnmatched: true })) };
    case 'Route':
      return { ...noLogs, route: logs };
    case 'Listener':
      return { ...noLogs, listener: logs };
    case 'Upstream':
      return { ...noLogs, upstream: logs };
  }
}

interface SinkResult {
  readonly sink?: LogSinkIR | undefined;
  readonly leftOut?: readonly string[];
  readonly fault?: string;
}

function sinkOf(
  reader: Reader,
  place: Place,
  { type, file, als, openTelemetry }: AccessLogSink,
  format: AccessLogSetting['format'],
  at: readonly [setting: number, sink: number],
): SinkResult {
  const path = `spec.telemetry.accessLog.settings[${at[0]}].sinks[${at[1]}]`;
  const part = sinkPart(...at);
  if (type === 'File')
    return file === undefined ? {} : { sink: { kind: 'file', path: file.path, format: fileFormat(format) } };
  if (type === 'ALS' && als !== undefined) {
    const found = telemetryServer(reader, place, als, { path: `${path}.als`, part });
    if (found.kind === 'invalid') return { fault: found.problem };
    const { server, leftOut } = found;
    const { logName = place.proxy, http } = als;
    return { sink: { kind: 'als', type: als.type, server, logName, ...http }, leftOut };
  }
  if (type === 'OpenTelemetry' && openTelemetry !== undefined) {
    const { headers, resources, resourceAttributes } = openTelemetry;
    const found = telemetryServer(reader, place, openTelemetry, {
      path: `${path}.openTelemetry`,
      part,
      headers,
    });
    if (found.kind === 'invalid') return { fault: found.problem };
    const { server, leftOut } = found;
    const resource = resourceAttributes.length > 0 ? resourceAttributes : resources;
    const { body, attributes } = recordFormat(format);
    return {
      sink: { kind: 'openTelemetry', server, body, attributes: [...place.pod, ...attributes], resource },
      leftOut,
    };
  }
  const known = ['ALS', 'OpenTelemetry'].includes(type);
  return known
    ? { fault: `${path}.${type === 'ALS' ? 'als' : 'openTelemetry'}: is required` }
    : { leftOut: [`${path}.type: ${type} is not supported yet`] };
}

const stdout = '/dev/stdout';

const noLogs: AccessLogsIR = { route: [], listener: [], upstream: [] };

const defaultLogs: AccessLogsIR = {
  ...noLogs,
  route: [
    {
      sink: { kind: 'file', path: stdout, format: { kind: 'json', fields: defaultFields } },
      matches: [],
      isOfUnmatched: false,
    },
  ],
};
