import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { TypeTotals } from '../xds/proxy-state.ts';
import { messageName, type TypeUrl } from '../publish/type-table.ts';
import { NamespaceGauge } from './namespace-gauge.ts';

/** From a tenth of a millisecond to half a minute, three steps a decade: what the goals on latency are read from. */
const latencyBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0015, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
  10, 30,
];
/** Between two looks at how late the event loop is. Shorter sees shorter stalls, for a timer's cost each. */
const tickMs = 10;

/** From an EndpointSlice's hundred microseconds to a domain with thousands of routes. */
const translateBuckets = [
  0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5,
];

const sizeBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000];

/** From a write within one rack to the longest that one is waited for. */
const writeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** State of all proxies at one time. */
export interface ProxyTotals {
  /** On the clock's scale. */
  readonly now: number;
  readonly types: ReadonlyMap<TypeUrl, TypeTotals>;
}

/** From a registry in the same rack to the longest download that is waited for. */
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Every metric of Sluice; a stage gets the whole and uses its own. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Makes the metrics in a registry of their own, so that several control planes can live in one process. Label values
 * come from short fixed lists, but for `gateway`, which is bounded by the Gateways that exist, and `namespace`, of which
 * twenty are shown; no label ever holds another text of an object or a client. `close` stops the measurement of the event loop.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const loop = monitorEventLoopDelay({ resolution: tickMs });
  loop.enable();

  const histogram = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram<L>({ name: `sluice_${name}`, help, buckets, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name: `sluice_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name: `sluice_${name}`, help, labelNames, registers });

  const eventLoopDelay = new Gauge({
    name: 'sluice_event_loop_delay_seconds',
    help: 'How late timers of the main thread fire, since the last scrape',
    labelNames: ['quantile'],
    registers,
    collect() {
      this.set({ quantile: '0.5' }, lateness(loop.percentile(50)));
      this.set({ quantile: '0.99' }, lateness(loop.percentile(99)));
      this.set({ quantile: '1' }, lateness(loop.max));
      loop.reset();
    },
  });

  let totals: ProxyTotals = { now: 0, types: new Map() };
  let readTotals = (): ProxyTotals => totals;
  const ofProxies = (name: string, help: string, read: (total: TypeTotals) => number, before = () => {}) =>
    new Gauge({
      name: `sluice_xds_${name}`,
      help,
      labelNames: ['type'],
      registers,
      collect() {
        before();
        for (const [type, total] of totals.types) this.set({ type: messageName(type) }, read(total));
      },
    });

  return {
    registry,
    /** From where the state of all proxies is read, at each scrape. */
    setProxyTotals(read: () => ProxyTotals): void {
      readTotals = read;
    },
    proxiesBehind: ofProxies(
      'proxies_behind',
      'Proxies that do not have all of a type as it should be; /debug/proxies says why',
      ({ behind }) => behind,
      // The proxies are gone through once for each scrape, which collects in this order.
      () => (totals = readTotals()),
    ),
    oldestUnacknowledged: ofProxies(
      'oldest_unacknowledged_seconds',
      'Age of the oldest change that a proxy has not answered; 0: there is none',
      ({ oldest }) => (oldest === undefined ? 0 : Math.max(0, totals.now - oldest) / 1000),
    ),
    lastGoodResources: ofProxies(
      'last_good_resources',
      'Resources, or domains of a RouteConfiguration, that are served at their last good version since proxies reject them',
      ({ lastGood }) => lastGood,
    ),
    rejectedResources: ofProxies(
      'refused_resources',
      'Resources that a proxy rejects though others take them, or one has them, counted for each proxy',
      ({ rejected }) => rejected,
    ),
    /** Stage `total` is from the event to the first proxy's ACK; the others are its parts, in order. */
    propagation: histogram(
      'propagation_seconds',
      'Time from an event to the ACK of a proxy, by lane and stage (window, translate, commit, ack, total)',
      latencyBuckets,
      'lane',
      'stage',
    ),
    window: histogram('window_seconds', 'How long a coalescing window was open', latencyBuckets, 'lane'),
    waveUnits: histogram('wave_units', 'Units that one wave translated', sizeBuckets, 'lane'),
    dirtyUnits: gauge('dirty_units', 'Names of units that wait for a window to close', 'lane'),
    events: counter('events_total', 'Changed rows that came from the source, by kind of object', 'kind'),
    coalescedEvents: counter(
      'coalesced_events_total',
      'Times that a unit became dirty while it was dirty already, and so cost nothing',
      'lane',
    ),
    translate: histogram(
      'translate_seconds',
      'Time that the translation of one unit takes, by kind of unit',
      translateBuckets,
      'unit',
    ),
    batchCuts: counter(
      'batch_cuts_total',
      'Batches that ended before all of their units were begun, as the others had taken the time of the batch',
      'lane',
    ),
    /** Compiling regular expressions included. */
    namespaceTranslate: new NamespaceGauge(
      'translate_seconds',
      'Time of workers that translation of the objects of a namespace has taken lately: half of it is forgotten in a minute',
      registers,
    ),
    namespaceStatuses: new NamespaceGauge(
      'status_backlog',
      'Objects of a namespace whose status is to be compared or written',
      registers,
    ),
    translateFaults: counter(
      'translate_faults_total',
      'Translations that gave no result, by kind of unit and reason: fault, in the translation of that unit; bug, anywhere else',
      'unit',
      'reason',
    ),
    faults: counter(
      'faults_total',
      'Errors that cost what they struck and nothing else, by place: request, to the admin server; listener, of a server or a connection; timer; process, one that Sluice runs',
      'place',
    ),
    workerRestarts: counter(
      'worker_restarts_total',
      'Workers that were replaced, by lane and reason (crash, deadline, memory)',
      'lane',
      'reason',
    ),
    quarantinedUnits: gauge(
      'quarantined_units',
      'Units that are left at their last good output until a row of theirs changes',
    ),
    rounds: histogram(
      'translate_rounds',
      'Batches that one translation of a unit took, by kind of unit; more than 4 is a reference to be read together with others',
      [1, 2, 3, 4, 6, 8, 16],
      'unit',
    ),
    needs: counter('needs_total', 'Units that went again because their batch lacked a row', 'lane'),
    namedObjectWaits: counter(
      'named_object_waits_total',
      'Units that waited in vain for an object that they newly name',
    ),
    connectedProxies: gauge(
      'xds_connected_proxies',
      'Proxies with an open stream, by Gateway; empty: one that had nothing to serve when they connected',
      'gateway',
    ),
    xdsRefused: counter(
      'xds_refused_total',
      'Connections and streams that the xDS server refused or ended, by reason: certificate, none or none that is good; identity, for another Gateway; token, none or another than the Gateway has, as of a plugin; request, no delta ADS; streams, names or bytes, the Gateway has too many of these; connections, too many that say nothing; silent, no first message; stalled, nothing of what was written was taken; bug',
      'reason',
    ),
    delayedStreams: counter(
      'xds_delayed_streams_total',
      'New streams that had to wait until others were up to date',
    ),
    congestions: counter(
      'xds_congestions_total',
      'Times that so much was on its way to the proxies of a Gateway, or to all, that the rest waited until they had taken it',
    ),
    certificateExpiry: gauge(
      'certificate_expiry_seconds',
      'When a certificate of the xDS channel expires, in seconds since 1970: ca, which signs, or server',
      'certificate',
    ),
    responses: counter('xds_responses_total', 'Delta responses sent', 'type'),
    responseBytes: counter('xds_response_bytes_total', 'Bytes of the delta responses sent', 'type'),
    resourcesSent: counter('xds_resources_sent_total', 'Resources sent, all proxies together', 'type'),
    acks: counter('xds_acks_total', 'Responses that a proxy accepted', 'type'),
    nacks: counter('xds_nacks_total', 'Responses that a proxy refused', 'type'),
    holds: counter(
      'xds_holds_total',
      'Resources that waited for another one first, by reason; deadline: the wait was given up',
      'reason',
    ),
    eventLoopDelay,
    watchRestarts: counter(
      'watch_restarts_total',
      'Watches and lists of the API server that ended and were begun again, by kind and reason; absent: with 404, as where the CRD is not installed',
      'kind',
      'reason',
    ),
    watchedObjects: gauge('watched_objects', 'Objects that the API server has, by kind', 'kind'),
    watchStaleness: gauge(
      'watch_staleness_seconds',
      'Time since the API server was last heard about a kind; up to a minute is usual when nothing changes',
      'kind',
    ),
    infrastructureWrites: counter(
      'infrastructure_writes_total',
      'Writes of the objects that run proxies, by kind and result (applied, deleted, or what went wrong)',
      'kind',
      'result',
    ),
    infrastructureBacklog: gauge(
      'infrastructure_backlog',
      'Gateways whose objects wait to be looked at, or are being written',
    ),
    leader: gauge('leader', 'Whether this replica leads: it writes statuses and infrastructure'),
    leaderChanges: counter('leader_changes_total', 'Times that this replica began or ceased to lead'),
    statusWrites: counter(
      'status_writes_total',
      'Writes of a status, by kind and result (written, conflict, absent, forbidden, refused, unavailable)',
      'kind',
      'result',
    ),
    statusWrite: histogram(
      'status_write_seconds',
      'Time until the API server has answered a write of a status',
      writeBuckets,
    ),
    statusLag: histogram(
      'status_lag_seconds',
      'Time from when a status may have been out of date to when it was written',
      writeBuckets,
    ),
    statusBacklog: gauge(
      'status_backlog',
      'Objects whose status is to be compared or written, those that wait for another attempt included',
    ),
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
    wasmBacklog: gauge('wasm_backlog', 'Attempts for WASM modules that are due or under way'),
    wasmModules: gauge('wasm_modules', 'WASM modules that policies ask for, by state', 'state'),
    wasmRegistries: gauge(
      'wasm_registries',
      'Registries and servers of WASM modules, counted for each namespace, by state of their breaker; open: does not answer and is only probed',
      'state',
    ),
    wasmStaleness: gauge(
      'wasm_staleness_seconds',
      'How much longer than its time the oldest verdict in force on a WASM module has gone without being confirmed',
    ),
    namespaceWasmMemory: new NamespaceGauge(
      'wasm_memory_bytes',
      'WASM modules in memory that policies of a namespace use; what several use counts for each',
      registers,
    ),
    namespaceWasmBacklog: new NamespaceGauge(
      'wasm_backlog',
      'Checks of WASM modules of a namespace that wait for an attempt',
      registers,
    ),
    wasmMemory: gauge('wasm_memory_bytes', 'WASM modules in memory'),
    wasmCache: gauge('wasm_cache_bytes', 'WASM modules on disk'),
    wasmCacheFaults: counter(
      'wasm_cache_faults_total',
      'Reads and writes of WASM modules on disk that went wrong',
    ),
    fileProblems: gauge('file_problems', 'Problems in the manifests of the file provider'),
    fileScan: histogram('file_scan_seconds', 'Time of one scan of the folder of manifests', latencyBuckets),
    ...processMetrics(registers),
    close(): void {
      loop.disable();
    },
  };
}

/** The names that dashboards know from other programs' client libraries. */
function processMetrics(registers: Registry[]) {
  return {
    processCpu: new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process, all threads',
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    }),
    processMemory: new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory of the process',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
    processStart: new Gauge({
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since 1970',
      registers,
      collect() {
        this.set(performance.timeOrigin / 1000);
      },
    }),
  };
}

/** A sample is the time between two ticks, so the wanted part of it is none; there is none before the first tick. */
function lateness(nanoseconds: number): number {
  const late = nanoseconds / 1e9 - tickMs / 1000;
  return late > 0 && late < 1e6 ? late : 0;
}
