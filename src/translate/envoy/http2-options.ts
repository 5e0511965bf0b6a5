import type {
  Http2ProtocolOptions,
  KeepaliveSettings,
} from '../../../proto/gen/envoy/config/core/v3/protocol.ts';
import type { ClusterTrafficIR } from '../traffic-ir.ts';
import { duration } from './duration.ts';

type Http2IR = ClusterTrafficIR['http2'];

/** Makes the options of HTTP/2 for either side of the proxy. The windows are Envoy Gateway's defaults. */
export function http2Options(own: Http2IR, defaultStreams: number | undefined): Http2ProtocolOptions {
  const action = own?.onInvalidMessage;
  const keepalive = own?.connectionKeepalive;
  const streams = own?.maxConcurrentStreams ?? defaultStreams;
  return {
    ...(streams === undefined ? {} : { maxConcurrentStreams: streams }),
    initialStreamWindowSize: own?.initialStreamWindowSize ?? 65_536,
    initialConnectionWindowSize: own?.initialConnectionWindowSize ?? 1_048_576,
    ...(action === undefined
      ? {}
      : { overrideStreamErrorOnInvalidHttpMessage: action === 'TerminateStream' }),
    ...(keepalive === undefined ? {} : { connectionKeepalive: keepaliveOf(keepalive) }),
  };
}

type KeepaliveIR = NonNullable<NonNullable<Http2IR>['connectionKeepalive']>;

/** Envoy asks for a timeout, which must be below the interval. */
const defaultPingTimeoutMs = 5000;

function keepaliveOf({ interval, timeout, intervalJitter, idleInterval }: KeepaliveIR): KeepaliveSettings {
  const timeoutMs = timeout ?? Math.min(defaultPingTimeoutMs, Math.ceil((interval ?? Infinity) / 2));
  return {
    ...(interval === undefined ? {} : { interval: duration(interval) }),
    timeout: duration(timeoutMs),
    ...(intervalJitter === undefined ? {} : { intervalJitter: { value: intervalJitter } }),
    ...(idleInterval === undefined ? {} : { connectionIdleInterval: duration(idleInterval) }),
  };
}
