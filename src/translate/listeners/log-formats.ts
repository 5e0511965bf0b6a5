import type { AccessLogSetting } from '../../kinds/envoy-gateway/proxy-telemetry.ts';
import type { FileSinkIR, OpenTelemetrySinkIR } from '../telemetry-ir.ts';

type Format = AccessLogSetting['format'];

/** Returns every text of a format in which Envoy looks for commands. */
export function textsOf(format: Format): readonly string[] {
  return [...(format?.json ?? []).map(([, value]) => value), format?.text ?? ''];
}

export function fileFormat(format: Format): FileSinkIR['format'] {
  const { type, text, json = [] } = format ?? {};
  const wantsText = type === 'Text' || (type === undefined && json.length === 0);
  if (wantsText && text !== undefined) return { kind: 'text', text };
  return { kind: 'json', fields: json.length > 0 ? json : defaultFields };
}

/** A record of OpenTelemetry may have a text and fields at once. */
export function recordFormat(format: Format): Pick<OpenTelemetrySinkIR, 'body' | 'attributes'> {
  const { type, text, json = [] } = format ?? {};
  const body = type === 'JSON' || text === '' ? undefined : text;
  const attributes = type === 'Text' ? [] : json;
  return { body, attributes: attributes.length === 0 && body === undefined ? defaultFields : attributes };
}

/** Envoy Gateway's names, which dashboards and log parsers of its users know. In order of name. */
export const defaultFields: readonly (readonly [string, string])[] = [
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
