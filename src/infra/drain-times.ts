import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import type { Site } from './site.ts';

/** How long a proxy that ends may take: at least `minMs` and at most `timeoutMs`, 0 for at once. */
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

/** A day: what a Deployment waits for at most is for its user to say, but not for ever. */
const maxMs = 86_400_000;
