import { messageName, typeUrls, type TypeUrl } from '../publish/type-table.ts';
import type { TypeTotals } from '../xds/proxy-state.ts';
import type { RefusalReason } from '../xds/serve-stream.ts';
import { lagBuckets, latencyBuckets } from './buckets.ts';
import { LargestGauge } from './largest-gauge.ts';
import type { MetricMakers } from './metric-makers.ts';

export interface ProxyTotals {
  /** Time on the clock's scale. */
  readonly now: number;
  readonly types: ReadonlyMap<TypeUrl, TypeTotals>;
}

const types = typeUrls.map(messageName);

const refusals = [
  'certificate',
  'identity',
  'token',
  'request',
  'streams',
  'names',
  'bytes',
  'connections',
  'silent',
  'stalled',
  'bug',
] as const satisfies readonly RefusalReason[];

/** Returns the metrics of proxies and their streams. */
export function xdsMetrics(makers: MetricMakers) {
  let totals: ProxyTotals = { now: 0, types: new Map() };
  let readTotals = (): ProxyTotals => totals;
  const ofProxies = (name: string, help: string, read: (total: TypeTotals) => number, before = () => {}) =>
    makers.gauge(`xds_${name}`, help, { type: types }, (gauge) => {
      before();
      for (const [type, total] of totals.types) gauge.set({ type: messageName(type) }, read(total));
    });
  const ofType = (name: string, help: string) => makers.counter(`xds_${name}`, help, { type: types });
  return {
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
      'rejected_resources',
      'Resources that a proxy rejects although another proxy accepts them, counted for each proxy',
      ({ rejected }) => rejected,
    ),
    gatewayOldestUnacknowledged: new LargestGauge(
      makers,
      'gateway',
      'gateway_oldest_unacknowledged_seconds',
      'Age of the oldest change that a proxy of a Gateway has not acknowledged',
      'largest',
    ),
    connectedProxies: new LargestGauge(
      makers,
      'gateway',
      'xds_connected_proxies',
      'Proxies with an open stream, by Gateway',
    ),
    /** See `Origin` for the two times that it lies between. */
    endpointLag: makers.histogram(
      'endpoint_lag_seconds',
      "Time from a change of endpoints to the answer of a proxy, or to its disconnection without one. Begins at the change that Kubernetes' endpoints controller dates (endpoints.kubernetes.io/last-change-trigger-time), so the API server's part is in it; for an EndpointSlice without a date, or with one that is not of the last ten minutes, it begins when Sluice reads the change. Proxies that have not answered yet are in sluice_xds_oldest_unacknowledged_seconds",
      lagBuckets,
    ),
    firstPush: makers.histogram(
      'first_push_seconds',
      'Time from the first response of a type on a stream to its ACK, which holds all that the proxy asks for',
      latencyBuckets,
    ),
    xdsRefused: makers.counter(
      'xds_refused_total',
      'Connections and streams that the xDS server refused or ended, by reason: certificate, missing or not valid; identity, of another Gateway; token, missing or wrong, as from a plugin; request, no delta ADS; streams, names or bytes, too many of the Gateway; connections, too many without a message; silent, no first message; stalled, the client does not read; bug',
      { reason: refusals },
    ),
    delayedStreams: makers.counter(
      'xds_delayed_streams_total',
      'New streams that waited until others were up to date',
    ),
    congestions: makers.counter(
      'xds_congestions_total',
      'Times that updates waited because the proxies of a Gateway, or all together, did not read fast enough',
    ),
    responses: ofType('responses_total', 'Delta responses sent'),
    responseBytes: ofType('response_bytes_total', 'Bytes of the delta responses sent'),
    resourcesSent: ofType('resources_sent_total', 'Resources sent to all proxies'),
    acks: ofType('acks_total', 'Responses that a proxy acknowledged (ACK)'),
    nacks: ofType('nacks_total', 'Responses that a proxy rejected (NACK)'),
    holds: makers.counter(
      'xds_holds_total',
      'Holds that ended without an ACK, by reason; deadline: the time of the hold was over',
      { reason: ['deadline'] },
    ),
    certificateExpiry: makers.gauge(
      'certificate_expiry_timestamp_seconds',
      'Expiry of a certificate of the xDS channel, in seconds since 1970',
      { certificate: 'ca or server' },
    ),
  };
}
