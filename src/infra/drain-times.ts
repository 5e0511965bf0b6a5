import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import type { Site } from './site.ts';

/** A `timeoutMs` of 0 ends a proxy at once. */
export interface DrainTimes {
  readonly timeoutMs: number;
  readonly minMs: number;
  readonly failAfterMs: number;
}

export function drainTimes({ proxy }: Infrastructure, { drainMs }: Site): DrainTimes {
  const shutdown = proxy?.shutdown ?? {};
  const { drainTimeout = drainMs, minDrainDuration = defaultMinMs, healthCheckFailureDelay = 0 } = shutdown;
  const timeoutMs = Math.min(drainTimeout, maxMs);
  const minMs = Math.max(Math.min(minDrainDuration, timeoutMs), Math.min(leastMs, timeoutMs));
  return { timeoutMs, minMs, failAfterMs: Math.min(healthCheckFailureDelay, timeoutMs - minMs) };
}

/** Envoy Gateway's default of `minDrainDuration`. Load balancers notice within it that a pod ends. */
const defaultMinMs = 10_000;

/** Envoy rejects a delay of 0. */
const leastMs = 1;

/** A day: an EnvoyProxy may ask for a long drain, but not for one without end. */
const maxMs = 86_400_000;
