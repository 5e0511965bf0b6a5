import type { FetchResult } from './module-fetch.ts';
import type { ModuleMemory } from './module-memory.ts';

export interface RoomOptions {
  readonly memoryBytes: number;
  readonly namespaceMemoryBytes: number;
}

export function noRoom(
  memory: ModuleMemory,
  namespace: string,
  size: number,
  { memoryBytes, namespaceMemoryBytes }: RoomOptions,
): FetchResult {
  const own = memory.namespaces.get(namespace) ?? 0;
  const message = `no room for ${size} bytes: all modules use ${memory.bytes} of ${memoryBytes} (wasm.memoryMiB); namespace ${namespace} uses ${own}, and is guaranteed ${namespaceMemoryBytes} (wasm.namespaceMemoryMiB). Ask the operator of Sluice to raise one of the two`;
  return { kind: 'denied', reason: 'memory', message };
}

/** Returns the reason why a module in use was removed. */
export function gaveRoom(
  memory: ModuleMemory,
  namespace: string,
  { namespaceMemoryBytes }: RoomOptions,
): string {
  const own = memory.namespaces.get(namespace) ?? 0;
  return `removed for a namespace that uses less: the modules of namespace ${namespace} used ${own} bytes, and it is guaranteed ${namespaceMemoryBytes} (wasm.namespaceMemoryMiB). Ask the operator of Sluice to raise that, or wasm.memoryMiB`;
}
