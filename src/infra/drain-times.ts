import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import type { Site } from './site.ts';

/** Time that a proxy which ends may take: at least `minMs` and at most `timeoutMs`, 0 for at once. */
export interface DrainTimes {
  readonly timeoutMs: number;
  readonly minMs: number;
}

/** The times that the EnvoyProxy gives in `shutdown`, else Sluice's own. */
export function drainTimes({ proxy }: Infrastructure, { drainMs }: Site): DrainTimes {
  const { drainTimeout = drainMs, minDrainDuration = defaultMinMs } = proxy?.shutdown ?? {};
  const timeoutMs = Math.min(drainTimeout, maxMs);
  // Connections that are let go of a little later than never asked for still need an answer.
  return { timeoutMs, minMs: Math.max(Math.min(minDrainDuration, timeoutMs), Math.min(leastMs, timeoutMs)) };
}

/** Envoy Gateway's default of `minDrainDuration`. Load balancers notice within this time that a pod is gone. */
const defaultMinMs = 10_000;

/** Envoy delays an answer by milliseconds above 0. */
const leastMs = 1;

/** A day: the user of a Deployment says how long it waits, but not without end. */
const maxMs = 86_400_000;
