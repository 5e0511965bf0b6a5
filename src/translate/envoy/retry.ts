import type { RetryPolicy } from '../../../proto/gen/envoy/config/route/v3/retry_policy.ts';
import { PreviousHostsPredicate } from '../../../proto/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.ts';
import { PreviousPrioritiesConfig } from '../../../proto/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.ts';
import type { Duration } from '../../../proto/gen/google/protobuf/duration.ts';
import type { RetryIR, TimeoutsIR } from '../ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';

/** Timeout and retry policy of a RouteAction: with retries, a backend's own timeout is that of one attempt. */
export interface Attempts {
  readonly timeout?: Duration;
  readonly idleTimeout?: Duration;
  readonly retryPolicy?: RetryPolicy;
}

/** Follows https://gateway-api.sigs.k8s.io/geps/gep-1742/ and https://gateway-api.sigs.k8s.io/geps/gep-1731/ */
export function attempts(timeouts: TimeoutsIR, retry: RetryIR | undefined): Attempts {
  const timeoutMs = retry === undefined ? onceTimeoutMs(timeouts) : retriedTimeoutMs(timeouts);
  return {
    ...(timeoutMs === undefined ? {} : { timeout: duration(timeoutMs), ...idleTimeout(timeoutMs) }),
    ...(retry === undefined ? {} : { retryPolicy: retryPolicy(retry, timeouts.backendRequestMs) }),
  };
}

/** Lifts the default by which a stream without any byte ends after five minutes. The hour is Envoy Gateway's. */
function idleTimeout(timeoutMs: number): Pick<Attempts, 'idleTimeout'> {
  if (timeoutMs > 0 && timeoutMs < streamIdleMs) return {};
  return { idleTimeout: duration(timeoutMs === 0 ? 0 : Math.max(timeoutMs, hourMs)) };
}

/** Envoy's default: https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts#stream-timeouts */
const streamIdleMs = 300_000;
const hourMs = 3_600_000;

/** Applies both timeouts to the only attempt; by the API the backend's is not longer, and 0 is none. */
function onceTimeoutMs({ requestMs, backendRequestMs }: TimeoutsIR): number | undefined {
  if (backendRequestMs === undefined) return requestMs;
  return backendRequestMs > 0 ? backendRequestMs : (requestMs ?? 0);
}

/** Lifts Envoy's default of 15 s for all attempts, which would cut the last ones off. */
function retriedTimeoutMs({ requestMs, backendRequestMs }: TimeoutsIR): number | undefined {
  return requestMs ?? (backendRequestMs === undefined ? undefined : 0);
}

function retryPolicy(retry: RetryIR, backendRequestMs: number | undefined): RetryPolicy {
  const { codes, backoffMs, terms } = retry;
  const attemptMs = terms?.perAttemptMs ?? backendRequestMs;
  const isTimed = attemptMs !== undefined && attemptMs > 0;
  const conditions = terms?.on ?? [
    unprocessed,
    ...(isTimed ? ['reset'] : []),
    ...(codes.length > 0 ? ['retriable-status-codes'] : []),
  ];
  return {
    retryOn: conditions.join(','),
    numRetries: retry.attempts,
    ...(terms?.attemptsPerPriority === undefined
      ? {}
      : { retryPriority: previousPriorities(terms.attemptsPerPriority) }),
    // A host that has just failed is the worst choice for the next attempt.
    retryHostPredicate: [previousHosts],
    hostSelectionRetryMaxAttempts: 5,
    ...(isTimed ? { perTryTimeout: duration(attemptMs) } : {}),
    ...(codes.length === 0 ? {} : { retriableStatusCodes: [...new Set(codes)].sort((a, b) => a - b) }),
    ...(backoffMs === undefined || backoffMs === 0
      ? {}
      : {
          retryBackOff: {
            baseInterval: duration(backoffMs),
            maxInterval: duration(terms?.maxBackoffMs ?? backoffMs * 10),
          },
        }),
  };
}

/**
 * Failures after which no backend can have processed the request. A connection that ends later is not among them: the API
 * wants no such retry by default. To Envoy an attempt's own timeout is a `reset` like any other, so that a rule with a
 * `backendRequest` timeout also retries ended connections.
 */
const unprocessed = 'connect-failure,refused-stream,reset-before-request';

function previousPriorities(updateFrequency: number): NonNullable<RetryPolicy['retryPriority']> {
  return {
    name: 'envoy.retry_priorities.previous_priorities',
    configType: { $case: 'typedConfig', value: any(PreviousPrioritiesConfig, { updateFrequency }) },
  };
}

const previousHosts = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  configType: { $case: 'typedConfig', value: any(PreviousHostsPredicate, {}) },
} as const;
