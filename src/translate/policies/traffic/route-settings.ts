import type { RouteKind } from '../../../kinds/route-kind.ts';
import { retryTriggers, type Retry } from '../../../kinds/envoy-gateway/retry.ts';
import type { ForwardIR, RetryIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import type { CompressorIR, TrafficIR } from '../../traffic-ir.ts';
import { limitProblems } from './limits.ts';
import { translateOverrides } from './overrides.ts';
import { tracingOf } from './tracing.ts';
import type { Traffic } from './rule-traffic.ts';

/** A rule of a route, as names of its statistics show it. */
export interface RuleName {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
  readonly rule: string | undefined;
}

/** `port`: that of the listener. Returns undefined when a reference cannot be resolved. */
export function routeSettings(
  reader: Reader,
  { spec, bodiesIn }: Traffic,
  rule: RuleName,
  port: number,
): TrafficIR | undefined {
  const { overrides, problems } = translateOverrides(reader, bodiesIn, spec.responseOverride, port);
  if (problems.length + limitProblems(bodiesIn, spec).length > 0) return undefined;
  const { streamIdleTimeout, maxStreamDuration } = spec.timeout?.http ?? {};
  return {
    streamIdleMs: streamIdleTimeout,
    maxStreamMs: maxStreamDuration,
    fault: spec.faultInjection,
    compressors: (spec.compressor ?? spec.compression ?? []).flatMap(compressor),
    overrides,
    upgrades: upgradesOf(spec),
    maxRequestBytes: spec.requestBuffer?.limit,
    hash: spec.loadBalancer?.type === 'ConsistentHash' ? spec.loadBalancer.consistentHash : undefined,
    statPrefix: statPrefix(spec.telemetry?.metrics?.routeStatName, rule),
    tracing: spec.telemetry?.tracing && tracingOf(spec.telemetry.tracing),
    connect: connectOf(spec),
    hidesLoadReports: hidesLoadReports(spec),
  };
}

const libraries: Readonly<Record<string, CompressorIR['library']>> = {
  Gzip: 'gzip',
  Brotli: 'brotli',
  Zstd: 'zstd',
};

export function isKnownCompressor(type: string): boolean {
  return Object.hasOwn(libraries, type);
}

function compressor({
  type,
  minContentLength,
}: {
  readonly type: string;
  readonly minContentLength?: number | undefined;
}): CompressorIR[] {
  const library = libraries[type];
  return library === undefined ? [] : [{ library, minBytes: minContentLength }];
}

/** A protocol that replaces HTTP has no end of the request to wait for. */
function upgradesOf({ httpUpgrade, requestBuffer }: Traffic['spec']): string[] | undefined {
  if (requestBuffer !== undefined) return [];
  return httpUpgrade?.filter(({ type }) => isKnownUpgrade(type) && !isConnect(type)).map(({ type }) => type);
}

function connectOf({ httpUpgrade = [] }: Traffic['spec']): TrafficIR['connect'] {
  const found = httpUpgrade.find(({ type }) => isConnect(type));
  if (found === undefined) return undefined;
  return found.connect?.terminate === true ? 'terminate' : 'forward';
}

function isConnect(type: string): boolean {
  return type.toUpperCase() === 'CONNECT';
}

/** CONNECT-UDP is of HTTP/3, which listeners do not speak. */
export function isKnownUpgrade(type: string): boolean {
  return type.toUpperCase() !== 'CONNECT-UDP';
}

function hidesLoadReports({ loadBalancer }: Traffic['spec']): boolean {
  return (
    loadBalancer?.type === 'BackendUtilization' &&
    loadBalancer.backendUtilization?.keepResponseHeaders !== true
  );
}

function statPrefix(
  template: string | undefined,
  { kind, namespace, name, rule }: RuleName,
): string | undefined {
  return template
    ?.replaceAll('%ROUTE_NAME%', name)
    .replaceAll('%ROUTE_NAMESPACE%', namespace)
    .replaceAll('%ROUTE_KIND%', kind)
    .replaceAll('%ROUTE_RULE_NAME%', rule ?? '');
}

/**
 * Adds timeouts and retries of the policy to a route's action; what the route says itself wins. A GRPCRoute has no timeout
 * of its own, so its calls, which Sluice gives none, take the policy's.
 */
export function withAttempts(action: ForwardIR, { spec }: Traffic, kind: RouteKind): ForwardIR {
  const policy = spec.timeout?.http?.requestTimeout;
  const own = action.timeouts.requestMs;
  const requestMs = kind === 'GRPCRoute' ? (policy ?? own) : (own ?? policy);
  const retry = action.retry ?? (spec.retry && retryOf(spec.retry));
  return { ...action, timeouts: { ...action.timeouts, requestMs }, retry };
}

/** Conditions and status when a policy names none, which are Envoy Gateway's. */
const defaultTriggers = [
  'connect-failure',
  'refused-stream',
  'unavailable',
  'cancelled',
  'retriable-status-codes',
];
const defaultCodes = [503];

function retryOf({ numRetries, numAttemptsPerPriority = 0, retryOn, perRetry }: Retry): RetryIR | undefined {
  if (numRetries === 0) return undefined;
  const triggers = retryOn?.triggers?.filter((trigger) => retryTriggers.has(trigger)) ?? [];
  const { baseInterval, maxInterval } = perRetry?.backOff ?? {};
  return {
    attempts: numRetries,
    codes: retryOn === undefined ? defaultCodes : (retryOn.httpStatusCodes ?? []),
    backoffMs: baseInterval,
    terms: {
      on: triggers.length > 0 ? triggers : defaultTriggers,
      perAttemptMs: perRetry?.timeout,
      maxBackoffMs: maxInterval,
      ...(numAttemptsPerPriority === 0 ? {} : { attemptsPerPriority: numAttemptsPerPriority }),
    },
  };
}
