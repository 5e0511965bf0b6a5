import { LargestGauge } from './largest-gauge.ts';
import type { MetricMakers } from './metric-makers.ts';

/** Buckets from a registry in the same rack to the download deadline. */
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const wasmModuleStates = ['unknown', 'allowed', 'denied', 'unreachable'] as const;
/** States of a registry's circuit breaker. */
export const wasmRegistryStates = ['closed', 'open', 'half-open'] as const;

const sources = ['http', 'image'] as const;
const results = ['allowed', 'denied', 'unreachable'] as const;

/** Returns the metrics of WASM modules. */
export function wasmMetrics(makers: MetricMakers) {
  return {
    wasmChecks: makers.counter(
      'wasm_checks_total',
      'Attempts to check or fetch a WASM module, by kind of source, result (allowed, denied, unreachable) and reason; of allowed: known, disk or network, where its bytes came from',
      { source: sources, result: results, reason: 'where its bytes came from, or why it has none' },
    ),
    wasmAttempt: makers.histogram(
      'wasm_attempt_seconds',
      'Time that an attempt to check or fetch a WASM module took, by kind of source and result',
      attemptBuckets,
      { source: sources, result: results },
    ),
    wasmBacklog: makers.gauge(
      'wasm_backlog',
      'Attempts to check or fetch WASM modules that are due or under way',
    ),
    wasmModules: makers.gauge('wasm_modules', 'WASM modules that policies use, by state', {
      state: wasmModuleStates,
    }),
    wasmRegistries: makers.gauge(
      'wasm_registries',
      'Registries and servers of WASM modules, counted for each namespace, by state of their breaker; open: does not answer and is only probed',
      { state: wasmRegistryStates },
    ),
    wasmStaleness: makers.gauge(
      'wasm_staleness_seconds',
      'Time by which confirmation of the oldest verdict on a WASM module is overdue',
    ),
    namespaceWasmMemory: new LargestGauge(
      makers,
      'namespace',
      'namespace_wasm_memory_bytes',
      'WASM modules in memory that policies of a namespace use; a shared module counts for each',
    ),
    namespaceWasmBacklog: new LargestGauge(
      makers,
      'namespace',
      'namespace_wasm_backlog',
      'WASM modules of a namespace that wait for a check',
    ),
    wasmMemory: makers.gauge('wasm_memory_bytes', 'WASM modules in memory'),
    wasmCache: makers.gauge('wasm_cache_bytes', 'WASM modules on disk'),
    wasmCacheFaults: makers.counter(
      'wasm_cache_faults_total',
      'Failed reads and writes of WASM modules on disk',
    ),
  };
}
