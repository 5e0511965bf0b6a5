import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { BackOff } from '../kube/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RowChange } from '../kinds/row.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import { FetchPool, type CacheState } from '../wasm/fetch-pool.ts';
import { ModuleKeeper } from '../wasm/module-keeper.ts';
import type { ModuleKeeperOptions } from '../wasm/module-keeper-ports.ts';

const MiB = 1024 * 1024;

/** Longer than a bookkeeping tick is not needed, shorter than a scrape's ten seconds is not seen. */
const gaugesEveryMs = 5000;

export interface ModulesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** The options in force. */
  readonly options: () => Config['wasm'];
  /** Addresses and names of the API server, where no module may come from. */
  readonly refused: () => readonly string[];
  /** A verdict is another now. Never told from within `set`. */
  readonly onRow: (change: RowChange) => void;
}

/** The WASM modules of the policies: checked and fetched by a worker of their own, told as rows. */
export class Modules {
  readonly #keeper: ModuleKeeper;
  readonly #ports: ModulesPorts;
  #cache: CacheState = { bytes: 0, faults: 0, fault: '' };
  #cancelGauges = nothing;

  constructor(ports: ModulesPorts) {
    const { log, clock, metrics, options, refused, onRow } = ports;
    this.#ports = ports;
    const { parallel, cacheDirectory, cacheMiB } = options();
    const cache = {
      directory: cacheDirectory === '' ? defaultDirectory() : cacheDirectory,
      maxBytes: cacheMiB * MiB,
    };
    this.#keeper = new ModuleKeeper({
      log,
      clock,
      fetcher: new FetchPool({ parallel, cache }, clock, (state) => this.#onCache(state)),
      options: () => keeperOptions(options(), parallel, refused()),
      backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
      random: Math.random,
      onRow,
      onAttempt: ({ source, result, reason, seconds }) => {
        metrics.wasmChecks.inc({ source, result, reason });
        metrics.wasmAttempt.observe({ source, result }, seconds);
      },
    });
    this.#setGauges();
    metrics.namespaceWasmMemory.read = () => this.#keeper.state().memoryOf;
    metrics.namespaceWasmBacklog.read = () => this.#keeper.state().backlogOf;
  }

  /** Takes what the policy asks for at a place of its own; undefined: nothing. */
  set(key: ResourceKey, wanted: WantedModule | undefined): void {
    this.#keeper.set(key, wanted);
  }

  /** The bytes of a module that an `allowed` row names. */
  module(sha256: string): Uint8Array | undefined {
    return this.#keeper.module(sha256);
  }

  async close(): Promise<void> {
    this.#cancelGauges();
    await this.#keeper.close();
  }

  #setGauges(): void {
    const { metrics, clock } = this.#ports;
    this.#cancelGauges = clock.after(gaugesEveryMs, () => this.#setGauges());
    const { modules, registries, backlog, memoryBytes, staleMs } = this.#keeper.state();
    for (const [state, count] of Object.entries(modules)) metrics.wasmModules.set({ state }, count);
    for (const [state, count] of Object.entries(registries)) metrics.wasmRegistries.set({ state }, count);
    metrics.wasmBacklog.set(backlog);
    metrics.wasmMemory.set(memoryBytes);
    metrics.wasmStaleness.set(staleMs / 1000);
  }

  #onCache(state: CacheState): void {
    const { metrics, log } = this.#ports;
    const before = this.#cache;
    this.#cache = state;
    metrics.wasmCache.set(state.bytes);
    // A worker that was replaced counts from the beginning.
    metrics.wasmCacheFaults.inc(state.faults >= before.faults ? state.faults - before.faults : state.faults);
    if (state.fault === before.fault) return;
    if (state.fault === '') log.info({}, 'WASM modules are kept on disk again');
    else log.warn({ error: state.fault }, 'WASM modules are not kept on disk: a restart fetches them again');
  }
}

function keeperOptions(
  wasm: Config['wasm'],
  parallel: number,
  refused: readonly string[],
): ModuleKeeperOptions {
  const { attemptTimeoutMs, connectTimeoutMs, maxModuleMiB, allow, trust, plainHttp } = wasm;
  return {
    ...wasm,
    parallel,
    memoryBytes: wasm.memoryMiB * MiB,
    namespaceMemoryBytes: wasm.namespaceMemoryMiB * MiB,
    limits: { attemptTimeoutMs, connectTimeoutMs, maxModuleBytes: maxModuleMiB * MiB },
    places: { allow, trust, plainHttp, refused },
  };
}

/** A folder for each user of the machine, as the folder has to be the user's own. */
function defaultDirectory(): string {
  return join(tmpdir(), `sluice-wasm-${process.getuid?.() ?? userInfo().username}`);
}

function nothing(): void {}
