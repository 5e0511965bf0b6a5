import { isDeepStrictEqual } from 'node:util';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { observedStatus, type StatusWritten } from '../../../src/kinds/observed-status.ts';
import type { StatusPatch } from '../../../src/status/status-patch.ts';
import { failed } from './status-server.ts';

export interface MemoryManifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface MemoryObject extends MemoryManifest {
  readonly metadata: MemoryManifest['metadata'] & {
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly managedFields: readonly ManagedFields[];
  };
  readonly status?: unknown;
}

interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Update';
  readonly subresource: 'status';
}

export interface MemoryEvent {
  readonly kind: 'put' | 'delete';
  readonly object: MemoryObject;
}

/** Generation for each spec, version for each write, uid for each life; a status write needs the newest version. */
export class MemoryApi {
  readonly objects = new Map<ResourceKey, MemoryObject>();
  onEvent: (event: MemoryEvent) => void = () => {};
  #version = 100;
  #uid = 0;
  readonly #manifests = new Map<ResourceKey, MemoryManifest>();

  /** As `kubectl apply`: without a change, does nothing. */
  apply(manifest: MemoryManifest): void {
    const key = keyOf(manifest);
    const before = this.objects.get(key);
    if (before !== undefined && isDeepStrictEqual(this.#manifests.get(key), manifest)) return;
    this.#manifests.set(key, manifest);
    const { uid, generation, managedFields } = before?.metadata ?? {
      uid: `uid-${++this.#uid}`,
      generation: 0,
      managedFields: [],
    };
    // Sluice's statuses are in no manifest, and those of others' objects nowhere else.
    const status = manifest['status'] ?? before?.status ?? defaultStatus[manifest.kind];
    this.#put({
      ...manifest,
      metadata: { ...manifest.metadata, uid, generation: generation + 1, resourceVersion: '', managedFields },
      ...(status === undefined ? {} : { status }),
    });
  }

  delete(key: ResourceKey): void {
    const object = this.objects.get(key);
    if (object === undefined) return;
    this.objects.delete(key);
    this.#manifests.delete(key);
    this.onEvent({ kind: 'delete', object: this.#versioned(object) });
  }

  /** A merge patch of the status subresource by a field manager. */
  writeStatus(key: ResourceKey, { metadata, status }: StatusPatch, manager: string): StatusWritten {
    const before = this.objects.get(key);
    if (before === undefined) return failed('absent');
    if (before.metadata.resourceVersion !== metadata.resourceVersion) return failed('conflict');
    const merged = Object.fromEntries(
      Object.entries({ ...(before.status as object | undefined), ...status }).filter(
        ([, value]) => value !== null,
      ),
    );
    const object = isDeepStrictEqual(merged, before.status)
      ? before
      : this.#put({ ...before, metadata: writtenBy(before.metadata, manager), status: merged });
    const observed = observedStatus(object);
    if (observed === undefined) throw new Error(`${key} is no object`);
    return { kind: 'written', observed };
  }

  #put(object: MemoryObject): MemoryObject {
    const put = this.#versioned(object);
    this.objects.set(keyOf(put), put);
    this.onEvent({ kind: 'put', object: put });
    return put;
  }

  #versioned(object: MemoryObject): MemoryObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
  }
}

function writtenBy(metadata: MemoryObject['metadata'], manager: string): MemoryObject['metadata'] {
  const { managedFields } = metadata;
  if (managedFields.some((entry) => entry.manager === manager)) return metadata;
  const entry: ManagedFields = { manager, operation: 'Update', subresource: 'status' };
  return { ...metadata, managedFields: [...managedFields, entry] };
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

function keyOf({ kind, metadata }: MemoryManifest): ResourceKey {
  return resourceKey(kind, metadata.namespace ?? '', metadata.name);
}
