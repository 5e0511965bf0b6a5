import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Controller } from './controller.ts';

export interface ObjectStatus {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status: unknown;
}

/** Yields objects in key order. `apiVersionOf` returns the version that the author wrote. */
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
