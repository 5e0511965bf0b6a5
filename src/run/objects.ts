import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Controller } from './controller.ts';

/** An object that Sluice reports on, with the status that it should have, as Kubernetes would show it. */
export interface ObjectStatus {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status: unknown;
}

/** Every object that is ours to report on, in key order; `apiVersionOf` says how its author wrote it. */
export function* objectStatuses(
  controller: Controller,
  apiVersionOf: (key: ResourceKey) => string | undefined,
): Generator<ObjectStatus> {
  for (const key of [...controller.objects()].sort()) {
    const { kind, namespace, name } = splitResourceKey(key);
    yield {
      apiVersion: apiVersionOf(key) ?? '',
      kind,
      metadata: namespace === '' ? { name } : { name, namespace },
      status: controller.status(key),
    };
  }
}
