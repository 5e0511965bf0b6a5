import type { FetchResult } from './module-fetch.ts';
import type { ModuleMemory } from './module-memory.ts';

export interface RoomOptions {
  readonly memoryBytes: number;
  readonly namespaceMemoryBytes: number;
}

/** The verdict on a module that there is no room for. */
export function noRoom(
  memory: ModuleMemory,
  namespace: string,
  size: number,
  { memoryBytes, namespaceMemoryBytes }: RoomOptions,
): FetchResult {
  const own = memory.namespaces.get(namespace) ?? 0;
  const message = `no room for ${size} bytes: all modules have ${memory.bytes} of ${memoryBytes} (wasm.memoryMiB), those of namespace ${namespace} ${own}, of ${namespaceMemoryBytes} that it is sure of (wasm.namespaceMemoryMiB). The operator of Sluice can raise either`;
  return { kind: 'denied', reason: 'memory', message };
}

/** Says why a module that was in use has lost its room. */
export function gaveRoom(
  memory: ModuleMemory,
  namespace: string,
  { namespaceMemoryBytes }: RoomOptions,
): string {
  const own = memory.namespaces.get(namespace) ?? 0;
  return `it gave its room to a namespace that uses less: those of namespace ${namespace} had ${own} bytes, of ${namespaceMemoryBytes} that it is sure of (wasm.namespaceMemoryMiB). The operator of Sluice can raise that, or wasm.memoryMiB`;
}
