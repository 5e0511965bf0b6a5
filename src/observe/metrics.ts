import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, Registry } from 'prom-client';
import type { TypeTotals } from '../xds/proxy-state.ts';
import { messageName, type TypeUrl } from '../publish/type-table.ts';
import { metricMakers } from './metric-makers.ts';
import { NamespaceGauge } from './namespace-gauge.ts';
import { processMetrics } from './process-metrics.ts';
import { documentMetrics } from './document-metrics.ts';
import { wasmMetrics } from './wasm-metrics.ts';

/** Buckets for the goals on latency: a tenth of a millisecond to half a minute, three steps a decade. */
const latencyBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0015, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
  10, 30,
];
/** Interval of the event loop's timer. Shorter sees shorter stalls, for a timer's cost each. */
const tickMs = 10;

/** Buckets from one EndpointSlice to a domain with thousands of routes. */
const translateBuckets = [
  0.000_025, 0.000_05, 0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5,
];

const sizeBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000];

/** Buckets from a write within one rack to the write deadline. */
const writeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface ProxyTotals {
  /** Time on the clock's scale. */
  readonly now: number;
  readonly types: ReadonlyMap<TypeUrl, TypeTotals>;
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Makes all metrics in a new registry, so that several control planes can live in one process. Labels come from short
 * fixed lists, except `gateway`, which the existing Gateways bound, and `namespace`, of which twenty are shown; no
 * label has text of an object or a client. `close` stops the measurement of the event loop.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const loop = monitorEventLoopDelay({ resolution: tickMs });
  loop.enable();

  const { histogram, counter, gauge } = metricMakers(registers);

  const eventLoopDelay = new Gauge({
    name: 'sluice_event_loop_delay_seconds',
    help: 'Delay of timers of the main thread since the last scrape',
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
    /** Sets the function that reads the state of all proxies at each scrape. */
    setProxyTotals(read: () => ProxyTotals): void {
      readTotals = read;
    },
    proxiesBehind: ofProxies(
      'proxies_behind',
      'Proxies that lack the wanted version of a resource of the type; /debug/proxies says why',
      ({ behind }) => behind,
      // Proxies are read once for each scrape, which collects in this order.
      () => (totals = readTotals()),
    ),
    oldestUnacknowledged: ofProxies(
      'oldest_unacknowledged_seconds',
      'Age of the oldest change that a proxy has not acknowledged; 0 when there is none',
      ({ oldest }) => (oldest === undefined ? 0 : Math.max(0, totals.now - oldest) / 1000),
    ),
    lastGoodResources: ofProxies(
      'last_good_resources',
      'Resources, or parts of one, that are served at their last good version because proxies reject them',
      ({ lastGood }) => lastGood,
    ),
    rejectedResources: ofProxies(
      'refused_resources',
      'Resources that a proxy rejects although another proxy accepts them, counted for each proxy',
      ({ rejected }) => rejected,
    ),
    /** Stage `total` lasts from the event to the ACK; the other stages are its parts, in order. */
    propagation: histogram(
      'propagation_seconds',
      'Time from an event to the ACK of a proxy, by lane and stage (window, translate, commit, ack, total)',
      latencyBuckets,
      'lane',
      'stage',
    ),
    window: histogram('window_seconds', 'Time that a coalescing window was open', latencyBuckets, 'lane'),
    waveUnits: histogram('wave_units', 'Units translated in one wave', sizeBuckets, 'lane'),
    dirtyUnits: gauge('dirty_units', 'Units that wait for a window to close', 'lane'),
    events: counter('events_total', 'Changed rows from the source, by kind of object', 'kind'),
    coalescedEvents: counter(
      'coalesced_events_total',
      'Changes of a unit that was waiting already, and so cost nothing',
      'lane',
    ),
    translate: histogram(
      'translate_seconds',
      'Time to translate one unit, by kind of unit',
      translateBuckets,
      'unit',
    ),
    batchCuts: counter(
      'batch_cuts_total',
      'Batches that ended before all units had started, because the time of the batch was used up',
      'lane',
    ),
    /** Compiling regular expressions included. */
    namespaceTranslate: new NamespaceGauge(
      'translate_seconds',
      'Worker time for translating objects of a namespace; decays by half each minute',
      registers,
    ),
    namespaceStatuses: new NamespaceGauge(
      'status_backlog',
      'Objects of a namespace whose status waits to be compared or written',
      registers,
    ),
    translateFaults: counter(
      'translate_faults_total',
      'Translations without a result, by kind of unit and reason: fault, in the translation of that unit; bug, anywhere else',
      'unit',
      'reason',
    ),
    faults: counter(
      'faults_total',
      'Errors that Sluice goes on from, by place: request, to the admin server; listener, of a server or a connection; timer; process, one that Sluice runs',
      'place',
    ),
    workerRestarts: counter(
      'worker_restarts_total',
      'Workers that were replaced, by lane and reason: crash, deadline, memory',
      'lane',
      'reason',
    ),
    quarantinedUnits: gauge(
      'quarantined_units',
      'Units that keep their last good output until a row that they read changes',
    ),
    rounds: histogram(
      'translate_rounds',
      'Batches that one translation of a unit took, by kind of unit; above 4 its references should be read together',
      [1, 2, 3, 4, 6, 8, 16],
      'unit',
    ),
    needs: counter(
      'needs_total',
      'Units that were translated again because their batch lacked a row',
      'lane',
    ),
    namedObjectWaits: counter(
      'named_object_waits_total',
      'Units that waited in vain for a newly named object',
    ),
    connectedProxies: gauge(
      'xds_connected_proxies',
      'Proxies with an open stream, by Gateway; empty for a Gateway without resources when they connected',
      'gateway',
    ),
    xdsRefused: counter(
      'xds_refused_total',
      'Connections and streams that the xDS server refused or ended, by reason: certificate, missing or not valid; identity, of another Gateway; token, missing or wrong, as from a plugin; request, no delta ADS; streams, names or bytes, too many of the Gateway; connections, too many without a message; silent, no first message; stalled, the client does not read; bug',
      'reason',
    ),
    delayedStreams: counter(
      'xds_delayed_streams_total',
      'New streams that waited until others were up to date',
    ),
    congestions: counter(
      'xds_congestions_total',
      'Times that updates waited because the proxies of a Gateway, or all together, did not read fast enough',
    ),
    certificateExpiry: gauge(
      'certificate_expiry_seconds',
      'Expiry of a certificate of the xDS channel, in seconds since 1970: ca or server',
      'certificate',
    ),
    responses: counter('xds_responses_total', 'Delta responses sent', 'type'),
    responseBytes: counter('xds_response_bytes_total', 'Bytes of the delta responses sent', 'type'),
    resourcesSent: counter('xds_resources_sent_total', 'Resources sent to all proxies', 'type'),
    acks: counter('xds_acks_total', 'Responses that a proxy acknowledged (ACK)', 'type'),
    nacks: counter('xds_nacks_total', 'Responses that a proxy rejected (NACK)', 'type'),
    holds: counter(
      'xds_holds_total',
      'Holds that ended without an ACK, by reason; deadline: the time of the hold was over',
      'reason',
    ),
    eventLoopDelay,
    watchRestarts: counter(
      'watch_restarts_total',
      'Watches and lists of the API server that were started again, by kind and reason; absent: 404, as when the CRD is not installed',
      'kind',
      'reason',
    ),
    watchedObjects: gauge('watched_objects', 'Objects on the API server, by kind', 'kind'),
    watchStaleness: gauge(
      'watch_staleness_seconds',
      'Time since the API server last sent something about a kind; up to a minute is usual when nothing changes',
      'kind',
    ),
    infrastructureWrites: counter(
      'infrastructure_writes_total',
      'Writes of the objects that run proxies, by kind and result: applied, deleted, or the error',
      'kind',
      'result',
    ),
    infrastructureBacklog: gauge(
      'infrastructure_backlog',
      'Gateways whose objects wait to be compared or written',
    ),
    leader: gauge('leader', '1 when this replica leads, and so writes statuses and infrastructure'),
    leaderChanges: counter('leader_changes_total', 'Times that this replica started or stopped leading'),
    statusWrites: counter(
      'status_writes_total',
      'Writes of a status, by kind and result: written, conflict, absent, forbidden, refused, unavailable',
      'kind',
      'result',
    ),
    statusWrite: histogram(
      'status_write_seconds',
      'Time until the API server answers a write of a status',
      writeBuckets,
    ),
    statusLag: histogram(
      'status_lag_seconds',
      'Time from the change of a wanted status to its write',
      writeBuckets,
    ),
    statusBacklog: gauge(
      'status_backlog',
      'Objects whose status waits to be compared or written, or for another attempt',
    ),
    ...wasmMetrics(registers),
    ...documentMetrics(registers),
    fileProblems: gauge('file_problems', 'Problems in the manifests of the file provider'),
    fileScan: histogram('file_scan_seconds', 'Time to scan the folder of manifests', latencyBuckets),
    ...processMetrics(registers),
    close(): void {
      loop.disable();
    },
  };
}

/** Subtracts the tick, since a sample is the time between two ticks; there is no sample before the first. */
function lateness(nanoseconds: number): number {
  const late = nanoseconds / 1e9 - tickMs / 1000;
  return late > 0 && late < 1e6 ? late : 0;
}
