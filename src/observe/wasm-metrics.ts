import type { Registry } from 'prom-client';
import { metricMakers } from './metric-makers.ts';
import { NamespaceGauge } from './namespace-gauge.ts';

/** Buckets from a registry in the same rack to the download deadline. */
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Returns the metrics of WASM modules. */
export function wasmMetrics(registers: Registry[]) {
  const { histogram, counter, gauge } = metricMakers(registers);
  return {
    wasmChecks: counter(
      'wasm_checks_total',
      'Attempts to check or fetch a WASM module, by kind of source, result (allowed, denied, unreachable) and reason; of allowed: known, disk or network, where its bytes came from',
      'source',
      'result',
      'reason',
    ),
    wasmAttempt: histogram(
      'wasm_attempt_seconds',
      'Time that an attempt to check or fetch a WASM module took, by kind of source and result',
      attemptBuckets,
      'source',
      'result',
    ),
    wasmBacklog: gauge('wasm_backlog', 'Attempts to check or fetch WASM modules that are due or under way'),
    wasmModules: gauge('wasm_modules', 'WASM modules that policies use, by state', 'state'),
    wasmRegistries: gauge(
      'wasm_registries',
      'Registries and servers of WASM modules, counted for each namespace, by state of their breaker; open: does not answer and is only probed',
      'state',
    ),
    wasmStaleness: gauge(
      'wasm_staleness_seconds',
      'Time by which confirmation of the oldest verdict on a WASM module is overdue',
    ),
    namespaceWasmMemory: new NamespaceGauge(
      'wasm_memory_bytes',
      'WASM modules in memory that policies of a namespace use; a shared module counts for each',
      registers,
    ),
    namespaceWasmBacklog: new NamespaceGauge(
      'wasm_backlog',
      'WASM modules of a namespace that wait for a check',
      registers,
    ),
    wasmMemory: gauge('wasm_memory_bytes', 'WASM modules in memory'),
    wasmCache: gauge('wasm_cache_bytes', 'WASM modules on disk'),
    wasmCacheFaults: counter('wasm_cache_faults_total', 'Failed reads and writes of WASM modules on disk'),
  };
}
