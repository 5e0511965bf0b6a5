import { resourceKey } from '../../../src/lib/key.ts';
import type { Pipeline } from './pipeline.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** Returns the conditions of a route for its first parent, each as `status/reason`. */
export function conditionsOf(pipeline: Pipeline, kind: string, name: string): Record<string, string> {
  const status = pipeline.controller.status(resourceKey(kind, 'default', name)) as
    | { readonly parents: readonly { readonly conditions: readonly Condition[] }[] }
    | undefined;
  return written(status?.parents[0]?.conditions ?? []);
}

interface ListenerStatus {
  readonly name: string;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly { readonly kind: string }[];
  readonly conditions: readonly Condition[];
}

export function listenersOf(pipeline: Pipeline, gateway = 'web'): readonly ListenerStatus[] {
  const status = pipeline.controller.status(resourceKey('Gateway', 'default', gateway)) as
    | { readonly listeners: readonly ListenerStatus[] }
    | undefined;
  return status?.listeners ?? [];
}

export function attachedRoutes(pipeline: Pipeline): Record<string, number> {
  return Object.fromEntries(listenersOf(pipeline).map((one) => [one.name, one.attachedRoutes]));
}

export function listenerConditions(pipeline: Pipeline, listener: string): Record<string, string> {
  return written(listenersOf(pipeline).find(({ name }) => name === listener)?.conditions ?? []);
}

function written(conditions: readonly Condition[]): Record<string, string> {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]));
}
