import type { ObservedStatus } from '../../../src/kinds/observed-status.ts';

export const own = 'sluice.dev/gateway-controller';
export const before = '2026-01-01T00:00:00Z';
export const now = '2026-06-01T00:00:00Z';
export const context = { controllerName: own, now };

export function observed(status: unknown, generation = 1): ObservedStatus {
  return {
    resourceVersion: '7',
    generation,
    status: status === undefined ? undefined : JSON.stringify(status),
  };
}

export function condition(type: string, status = 'True', observedGeneration = 1): Record<string, unknown> {
  return { type, status, observedGeneration, reason: type, message: '' };
}

/** Observed status on the API server. */
export function seen(type: string, status = 'True', observedGeneration = 1): Record<string, unknown> {
  return { ...condition(type, status, observedGeneration), lastTransitionTime: before };
}

export function entry(name: string, conditions: readonly object[], controllerName = own): object {
  return {
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name },
    controllerName,
    conditions,
  };
}
