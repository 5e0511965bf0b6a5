import { latencyBuckets } from './buckets.ts';
import type { MetricMakers } from './metric-makers.ts';

/** Returns the metrics of what Sluice reads: the API server, or a folder. */
export function sourceMetrics(makers: MetricMakers) {
  const kind = 'a kind of object';
  return {
    watchRestarts: makers.counter(
      'watch_restarts_total',
      'Watches and lists of the API server that were started again, by kind and reason; absent: 404, as when the CRD is not installed',
      { kind, reason: 'a reason, such as closed, gone, forbidden or absent' },
    ),
    watchedObjects: makers.gauge('watched_objects', 'Objects on the API server, by kind', { kind }),
    watchStaleness: makers.gauge(
      'watch_staleness_seconds',
      'Time since the API server last sent something about a kind; up to a minute is usual when nothing changes',
      { kind },
    ),
    fileProblems: makers.gauge('file_problems', 'Problems in the manifests of the file provider'),
    fileScan: makers.histogram('file_scan_seconds', 'Time to scan the folder of manifests', latencyBuckets),
  };
}
