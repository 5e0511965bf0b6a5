import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { fetchModule, recallModule } from '../../../src/wasm/fetch-module.ts';
import { ModuleCache } from '../../../src/wasm/module-cache.ts';
import type { FetchRequest, FetchResult, RecalledModule } from '../../../src/wasm/module-fetch.ts';
import { FakeRegistry, type FakeRegistryOptions } from './fake-registry.ts';
import { plugin } from './plugin.ts';
import { artifact, sha256 } from './wasm-image.ts';

export const module = await plugin('one');
export const otherModule = await plugin('two');
export const credentials = { username: 'user', password: 'pass:word' };

/** Fetches modules from registries of its own into a cache on disk. */
export class ModuleFetches {
  readonly directory = mkdtempSync(join(tmpdir(), 'fetch-'));
  cache = new ModuleCache(this.directory, 1024 * 1024);
  readonly #registries: FakeRegistry[] = [];

  /** Leaves what is on disk alone. */
  restart(maxBytes = 1024 * 1024): void {
    this.cache = new ModuleCache(this.directory, maxBytes);
  }

  async registry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = await new FakeRegistry(options).start();
    this.#registries.push(registry);
    registry.push('team/plugin', 'v1', artifact(module));
    registry.users.set(credentials.username, credentials.password);
    return registry;
  }

  ask(url: string, more: Partial<FetchRequest> = {}): Promise<FetchResult> {
    return fetchModule(requestOf(url, more), {
      clock: systemClock,
      cache: this.cache,
      lookup: () => Promise.resolve(['127.0.0.1']),
      ownAddresses: () => ['127.0.0.1'],
    });
  }

  askFile(url: string, more: Partial<FetchRequest> = {}): Promise<FetchResult> {
    return this.ask(url, { source: { kind: 'http', url }, ...more });
  }

  recall(
    url: string,
    more: Partial<FetchRequest> = {},
    clock = systemClock,
  ): Promise<RecalledModule | undefined> {
    return recallModule(requestOf(url, more), { cache: this.cache, clock });
  }

  async close(): Promise<void> {
    await Promise.all(this.#registries.splice(0).map((registry) => registry.close()));
    rmSync(this.directory, { recursive: true });
  }
}

function requestOf(url: string, more: Partial<FetchRequest>): FetchRequest {
  const port = Number(/:(\d+)/.exec(url)?.[1]);
  return {
    namespace: 'default',
    source: { kind: 'image', url },
    sha256: undefined,
    credentials: undefined,
    ca: undefined,
    known: undefined,
    limits: { attemptTimeoutMs: 10_000, connectTimeoutMs: 3000, maxModuleBytes: 100_000 },
    places: {
      allow: [],
      trust: [`127.0.0.1:${port}`, `127.0.0.2:${port}`],
      plainHttp: [`127.0.0.1:${port}`],
      refused: [],
    },
    ...more,
  };
}

export function moduleOf(result: FetchResult): { readonly bytes: Buffer | undefined; readonly from: string } {
  if (result.kind !== 'allowed') throw new Error(JSON.stringify(result));
  const { bytes, from, module: found } = result;
  if (bytes !== undefined) expect([sha256(bytes), bytes.length]).toEqual([found.sha256, found.size]);
  return { bytes: bytes && Buffer.from(bytes), from };
}

export const known = (result: FetchResult) => (result.kind === 'allowed' ? result.module : undefined);
