import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import { apiVersionOf } from '../resource/parse.ts';
import type { Reports } from '../status/reports.ts';

/** An object of ours with the status that it should have, as Kubernetes would show it. */
export interface ObjectStatus {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status: unknown;
}

/** Every object that is ours to report on, in key order. */
export function* objectStatuses(reports: Reports): Generator<ObjectStatus> {
  for (const key of [...reports.objects()].sort()) {
    const { kind, namespace, name } = splitResourceKey(key);
    yield {
      apiVersion: apiVersionOf(kind) ?? '',
      kind,
      metadata: namespace === '' ? { name } : { name, namespace },
      status: statusOf(key, reports),
    };
  }
}

/** A Gateway's report leaves the number of routes open, which only all routes together give. */
function statusOf(key: ResourceKey, reports: Reports): unknown {
  const { kind, namespace, name } = splitResourceKey(key);
  const status: unknown = JSON.parse(reports.status(key) ?? '{}');
  if (kind !== 'Gateway' || !hasListeners(status)) return status;
  const listeners = status.listeners.map((listener) => ({
    ...listener,
    attachedRoutes: reports.attachedRoutes(`${namespace}/${name}/${listener.name}`),
  }));
  return { ...status, listeners };
}

function hasListeners(status: unknown): status is { readonly listeners: readonly { readonly name: string }[] } {
  return typeof status === 'object' && status !== null && 'listeners' in status && Array.isArray(status.listeners);
}
