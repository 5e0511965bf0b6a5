import type { Route } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import type { RouteAction } from '../../../proto/gen/envoy/config/route/v3/route_action.ts';
import { BufferPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/buffer/v3/buffer.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { TrafficIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { compressorConfig } from './compressor.ts';
import { duration } from './duration.ts';
import { faultConfig } from './fault.ts';
import { hashPolicies } from './hash-policy.ts';
import { overrideConfig } from './response-override.ts';
import { tracingConfig } from './tracing.ts';

/** Returns the config of filters on a route, by filter. Each is disabled in the listener and runs where it has config. */
export function trafficFilters(traffic: TrafficIR): [string, Any][] {
  const { fault, overrides, compressors, maxRequestBytes } = traffic;
  return [
    ...entry('custom_response', overrides.length === 0 ? undefined : overrideConfig(overrides)),
    ...entry('fault', fault && faultConfig(fault)),
    ...entry('buffer', maxRequestBytes === undefined ? undefined : buffer(maxRequestBytes)),
    ...entry('compressor', compressors.length === 0 ? undefined : compressorConfig(compressors)),
  ];
}

function entry(filter: string, config: Any | undefined): [string, Any][] {
  return config === undefined ? [] : [[`envoy.filters.http.${filter}`, config]];
}

function buffer(maxRequestBytes: number): Any {
  return any(BufferPerRoute, { override: { $case: 'buffer', value: { maxRequestBytes } } });
}

export function trafficOfRoute({ statPrefix, tracing }: TrafficIR): Partial<Route> {
  return {
    ...(statPrefix === undefined ? {} : { statPrefix }),
    ...(tracing === undefined ? {} : { tracing: tracingConfig(tracing) }),
  };
}

export function trafficOfAction({
  streamIdleMs,
  maxStreamMs,
  upgrades,
  hash,
  connect,
}: TrafficIR): Partial<RouteAction> {
  return {
    ...(streamIdleMs === undefined ? {} : { idleTimeout: duration(streamIdleMs) }),
    ...(maxStreamMs === undefined ? {} : { maxStreamDuration: { maxStreamDuration: duration(maxStreamMs) } }),
    ...(hash === undefined ? {} : { hashPolicy: hashPolicies(hash) }),
    ...(upgrades === undefined ? {} : { upgradeConfigs: upgradeConfigs(upgrades, connect) }),
  };
}

/** Listeners allow websockets, so a route without them says so. */
function upgradeConfigs(
  upgrades: readonly string[],
  connect: TrafficIR['connect'],
): NonNullable<RouteAction['upgradeConfigs']> {
  const types = new Map(upgrades.map((type) => [type.toLowerCase(), type]));
  return [
    ...[...types.values()].map((upgradeType) => ({ upgradeType })),
    ...(connect === undefined
      ? []
      : [{ upgradeType: 'CONNECT', ...(connect === 'terminate' ? { connectConfig: {} } : {}) }]),
    ...(types.has('websocket') ? [] : [{ upgradeType: 'websocket', enabled: false }]),
  ];
}
