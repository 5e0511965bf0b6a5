import { isDeepStrictEqual } from 'node:util';
import { observedStatus, type StatusWritten } from '../../../src/kinds/observed-status.ts';
import type { ResourceKey } from '../../../src/lib/key.ts';
import type { StatusPatch } from '../../../src/status/status-patch.ts';
import { keyOf, ObjectStore, type KubeObject, type Written } from './object-store.ts';

export interface MemoryManifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** An API server without a network: a generation for each spec, and statuses as the CRDs give them to new objects. */
export class MemoryApi {
  readonly store = new ObjectStore();
  readonly #manifests = new Map<ResourceKey, MemoryManifest>();

  /** As `kubectl apply`: without a change, does nothing. */
  apply(manifest: MemoryManifest): void {
    const key = keyOf(manifest);
    const before = this.store.get(key);
    if (before !== undefined && isDeepStrictEqual(this.#manifests.get(key), manifest)) return;
    this.#manifests.set(key, manifest);
    const generation = before === undefined ? 1 : generationOf(before) + 1;
    // Sluice's statuses are in no manifest, and those of others' objects nowhere else.
    const status = manifest['status'] ?? before?.['status'] ?? defaultStatus[manifest.kind];
    this.store.put(key, {
      ...manifest,
      metadata: { ...manifest.metadata, generation },
      ...(status === undefined ? {} : { status }),
    });
  }

  delete(key: ResourceKey): void {
    this.#manifests.delete(key);
    this.store.delete(key);
  }

  writeStatus(key: ResourceKey, patch: StatusPatch, manager: string): StatusWritten {
    return statusWritten(this.store.patchStatus(key, patch, manager));
  }
}

export function generationOf({ metadata }: KubeObject): number {
  return Number(metadata['generation'] ?? 0);
}

export function statusWritten(result: Written): StatusWritten {
  if (result.kind === 'failed') return statusFailed(result.code === 404 ? 'absent' : 'conflict');
  const observed = observedStatus(result.object);
  if (observed === undefined) throw new Error(`${keyOf(result.object)} is no object`);
  return { kind: 'written', observed };
}

export type StatusFailure = Extract<StatusWritten, { kind: 'failed' }>;

export function statusFailed(reason: StatusFailure['reason'], message = ''): StatusFailure {
  return { kind: 'failed', reason, message, retryAfterMs: 0 };
}

const defaultStatus: Readonly<Record<string, unknown>> = {
  Gateway: { conditions: [pending('Accepted'), pending('Programmed')] },
  GatewayClass: { conditions: [pending('Accepted')] },
};

function pending(type: string): object {
  const lastTransitionTime = '1970-01-01T00:00:00Z';
  return {
    type,
    status: 'Unknown',
    reason: 'Pending',
    message: 'Waiting for controller',
    lastTransitionTime,
  };
}
