import { networkInterfaces } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { move, Piscina, workerData } from 'piscina';
import { assert } from '../src/lib/assert.ts';
import { systemClock } from '../src/lib/clock.ts';
import { fetchDocument as fetchOne, type DocumentRequest } from '../src/documents/fetch-document.ts';
import { fetchModule, recallModule } from '../src/wasm/fetch-module.ts';
import type { CacheOptions, FetchReply } from '../src/wasm/fetch-pool.ts';
import { ModuleCache } from '../src/wasm/module-cache.ts';
import type { FetchRequest } from '../src/wasm/module-fetch.ts';
import { limitedLookup } from '../src/remote/name-lookup.ts';

assert(!isMainThread, 'workers/fetch.ts runs in the worker of fetches');

const { directory, maxBytes } = workerData as CacheOptions;
const cache = new ModuleCache(directory, maxBytes);
const lookup = limitedLookup();

export async function fetchWasm(request: FetchRequest): Promise<unknown> {
  const result = await fetchModule(request, {
    clock: systemClock,
    cache,
    lookup,
    ownAddresses,
  });
  const { bytes, faults, fault } = cache;
  const reply: FetchReply = { result, cache: { bytes, faults, fault } };
  return moved(reply, result.kind === 'allowed' ? result.bytes : undefined);
}

export function fetchDocument(request: DocumentRequest): Promise<unknown> {
  return fetchOne(request, { clock: systemClock, lookup, ownAddresses });
}

export async function recallWasm(request: FetchRequest): Promise<unknown> {
  const found = await recallModule(request, { clock: systemClock, cache });
  return moved(found, found?.bytes);
}

/** Marks `bytes`, which are part of the value, for transfer. */
function moved(value: unknown, bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return value;
  // Piscina's types do not declare these symbols.
  const both: unknown = { [Piscina.transferableSymbol]: bytes.buffer, [Piscina.valueSymbol]: value };
  return move(both as Parameters<typeof move>[0]);
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
}
