import type { Config } from '../config/config.ts';
import { BackOff } from '../kube/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { wasmModuleStates, wasmRegistryStates } from '../observe/wasm-metrics.ts';
import type { RowChange } from '../kinds/row.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { CheckState } from '../remote/check-state.ts';
import type { FetchThread } from '../remote/fetch-thread.ts';
import { FetchPool, type CacheState } from '../wasm/fetch-pool.ts';
import { moduleCache } from './fetch-thread.ts';
import { ModuleKeeper } from '../wasm/module-keeper.ts';
import type { ModuleKeeperOptions } from '../wasm/module-keeper-ports.ts';

const MiB = 1024 * 1024;

/** Half of a usual scrape interval, 10 s: more often is not seen. */
const gaugesEveryMs = 5000;

export interface ModulesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly options: () => Config['wasm'];
  readonly thread: FetchThread;
  /** Names and addresses of the API server: no module may come from there. */
  readonly refused: () => readonly string[];
  /** Called when a verdict changes, but never from within `set`. */
  readonly onRow: (change: RowChange) => void;
}

/** WASM modules of policies: a worker checks and fetches them, and verdicts become rows. */
export class Modules {
  readonly #keeper: ModuleKeeper;
  readonly #ports: ModulesPorts;
  #cache: CacheState = { bytes: 0, faults: 0, fault: '' };
  #cancelGauges = nothing;

  constructor(ports: ModulesPorts) {
    const { log, clock, metrics, options, thread, refused, onRow } = ports;
    this.#ports = ports;
    const { parallel } = options();
    this.#keeper = new ModuleKeeper({
      log,
      clock,
      fetcher: new FetchPool(thread, moduleCache(options()), (state) => this.#onCache(state)),
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

  /** `key` is that of a plugin's row. Undefined: it needs no module. */
  set(key: ResourceKey, wanted: WantedModule | undefined): void {
    this.#keeper.set(key, wanted);
  }

  module(sha256: string): Uint8Array | undefined {
    return this.#keeper.module(sha256);
  }

  states(): Iterable<CheckState> {
    return this.#keeper.states();
  }

  async close(): Promise<void> {
    this.#cancelGauges();
    await this.#keeper.close();
  }

  #setGauges(): void {
    const { metrics, clock } = this.#ports;
    this.#cancelGauges = clock.after(gaugesEveryMs, () => this.#setGauges());
    const { modules, registries, backlog, memoryBytes, staleMs } = this.#keeper.state();
    for (const state of wasmModuleStates) metrics.wasmModules.set({ state }, modules[state]);
    for (const state of wasmRegistryStates) metrics.wasmRegistries.set({ state }, registries[state]);
    metrics.wasmBacklog.set(backlog);
    metrics.wasmMemory.set(memoryBytes);
    metrics.wasmStaleness.set(staleMs / 1000);
  }

  #onCache(state: CacheState): void {
    const { metrics, log } = this.#ports;
    const before = this.#cache;
    this.#cache = state;
    metrics.wasmCache.set(state.bytes);
    // A new worker counts from 0.
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

function nothing(): void {}
