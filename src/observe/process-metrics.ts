import { constants, PerformanceObserver, type PerformanceNodeEntry } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Counter, type Registry } from 'prom-client';
import { latencyBuckets } from './buckets.ts';
import type { MetricMakers } from './metric-makers.ts';

/** Interval of the timer that measures the event loop. Shorter sees shorter stalls, for a timer's cost each. */
const tickMs = 10;

/** Seconds. A minor collection takes about a millisecond, a major one of a large heap a tenth of a second. */
const collectionBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

const collectionKinds = ['major', 'minor', 'incremental', 'weakcb'] as const;

const collections: ReadonlyMap<number, (typeof collectionKinds)[number]> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

export interface Build {
  readonly version: string;
  /** Name of the command that the process runs. */
  readonly command: string;
}

/**
 * Returns the metrics of the process, by the names of prom-client's defaults where these have one. The defaults
 * themselves have gauges of quantiles that a scrape resets, and count one garbage collection of several that are
 * reported together.
 */
export function processMetrics(makers: MetricMakers, registry: Registry) {
  const eventLoopDelay = makers.histogram(
    'event_loop_delay_seconds',
    'Delay of a timer of the main thread',
    latencyBuckets,
  );
  const gc = makers.histogram(
    'nodejs_gc_duration_seconds',
    'Time of a garbage collection of the main thread, by kind',
    collectionBuckets,
    { kind: collectionKinds },
  );
  const buildInfo = makers.gauge(
    'build_info',
    'Always 1: version of Sluice and of Node.js, and the command',
    {
      version: 'of Sluice',
      node: 'version of Node.js',
      command: 'serve, infrastructure or standalone',
    },
  );
  readCounter(makers, registry, 'process_cpu_seconds_total', 'CPU time of the process, all threads', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  readCounter(
    makers,
    registry,
    'sluice_event_loop_active_seconds_total',
    'Time in which the main thread did not wait for events; a rate of 1 is all of it',
    () => performance.eventLoopUtilization().active / 1000,
  );
  const read = (name: string, help: string, value: () => number): void =>
    void makers.gauge(name, help, undefined, (gauge) => gauge.set(value()));
  read('process_resident_memory_bytes', 'Resident memory of the process', () => process.memoryUsage.rss());
  read(
    'process_start_time_seconds',
    'When the process started, in seconds since 1970',
    () => performance.timeOrigin / 1000,
  );
  read(
    'nodejs_heap_size_total_bytes',
    'Heap of the main thread, used or not',
    () => process.memoryUsage().heapTotal,
  );
  read('nodejs_heap_size_used_bytes', 'Used heap of the main thread', () => process.memoryUsage().heapUsed);
  read(
    'nodejs_external_memory_bytes',
    'Memory outside of the heap that objects of the main thread hold',
    () => process.memoryUsage().external,
  );
  read(
    'heap_limit_bytes',
    'Limit of the heap of the main thread, at which the process ends',
    () => getHeapStatistics().heap_size_limit,
  );
  let isReady: (() => boolean) | undefined;
  read('ready', '1 when the process is ready, as /readyz says', () => (isReady?.() === true ? 1 : 0));
  let stop: (() => void) | undefined;
  return {
    eventLoopDelay,
    setReady(readiness: () => boolean): void {
      isReady = readiness;
    },
    configReloads: makers.counter(
      'config_reloads_total',
      'Changed versions of the config file, by result: applied; refused, the last good one stays in force',
      { result: ['applied', 'refused'] },
    ),
    configReloadSuccessful: makers.gauge(
      'config_last_reload_successful',
      '1 when the newest version of the config file is in force, but for options that need a restart; 0 when it was refused',
    ),
    configReloadTime: makers.gauge(
      'config_last_reload_success_timestamp_seconds',
      'When a version of the config file last came into force, in seconds since 1970',
    ),
    /** Measures garbage collections and the event loop until `stop`: for a process of one control plane, not for tests. */
    measureProcess({ version, command }: Build): void {
      buildInfo.set({ version, node: process.version, command }, 1);
      stop ??= measure(
        (seconds) => eventLoopDelay.observe(seconds),
        (kind, seconds) => gc.observe({ kind }, seconds),
      );
    },
    stopMeasuring(): void {
      stop?.();
      stop = undefined;
    },
  };
}

function measure(
  onDelay: (seconds: number) => void,
  onCollection: (kind: (typeof collectionKinds)[number], seconds: number) => void,
): () => void {
  let dueAt = performance.now() + tickMs;
  const timer = setInterval(() => {
    const now = performance.now();
    onDelay(Math.max(0, now - dueAt) / 1000);
    dueAt = now + tickMs;
  }, tickMs);
  timer.unref();
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceNodeEntry).detail as { readonly kind: number };
      const name = collections.get(kind);
      if (name !== undefined) onCollection(name, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    clearInterval(timer);
    observer.disconnect();
  };
}

/** Makes a counter that is read at each scrape: prom-client can only add to one. */
function readCounter(
  makers: MetricMakers,
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
): void {
  makers.table.push({ name, type: 'counter', help, labels: {} });
  const counter: Counter = new Counter({
    name,
    help,
    registers: [],
    collect() {
      counter.reset();
      counter.inc(read());
    },
  });
  registry.registerMetric(counter);
}
