import type { KubeObject } from '../rig/kube/kube-client.ts';

/** A condition of the object itself, or of its first parent or ancestor. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const status = object.status as Conditions | undefined;
  const conditions = status?.conditions ?? (status?.parents ?? status?.ancestors)?.[0]?.conditions ?? [];
  return conditions.find((condition) => condition.type === type);
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

interface Conditions {
  readonly conditions?: readonly Condition[];
  readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
  readonly ancestors?: readonly { readonly conditions: readonly Condition[] }[];
}
