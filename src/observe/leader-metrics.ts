import type { StatusFault } from '../kinds/observed-status.ts';
import { followedKinds } from '../kinds/followed-kinds.ts';
import type { ObjectFault } from '../kinds/owned-object.ts';
import { requestBuckets } from './buckets.ts';
import { LargestGauge } from './largest-gauge.ts';
import type { MetricMakers } from './metric-makers.ts';

const statusKinds: readonly string[] = followedKinds
  .filter(({ status }) => status !== undefined)
  .map(({ kind }) => kind);

const statusResults = [
  'written',
  'conflict',
  'absent',
  'forbidden',
  'refused',
  'unavailable',
] as const satisfies readonly ('written' | StatusFault)[];

const writeResults = [
  'applied',
  'deleted',
  'conflict',
  'absent',
  'terminating',
  'forbidden',
  'refused',
  'unavailable',
] as const satisfies readonly ('applied' | 'deleted' | ObjectFault)[];

/** Returns the metrics of what the leader writes: statuses, and the objects that run proxies. */
export function leaderMetrics(makers: MetricMakers) {
  return {
    leader: makers.gauge('leader', '1 when this replica leads, and so writes statuses and infrastructure'),
    leaderChanges: makers.counter(
      'leader_changes_total',
      'Times that this replica started or stopped leading',
    ),
    statusWrites: makers.counter('status_writes_total', 'Writes of a status, by kind and result', {
      kind: statusKinds,
      result: statusResults,
    }),
    statusWrite: makers.histogram(
      'status_write_seconds',
      'Time until the API server answers a write of a status',
      requestBuckets,
    ),
    statusLag: makers.histogram(
      'status_lag_seconds',
      'Time from the change of a wanted status to its write',
      requestBuckets,
    ),
    statusBacklog: makers.gauge(
      'status_backlog',
      'Objects whose status waits to be compared or written, or for another attempt',
    ),
    namespaceStatuses: new LargestGauge(
      makers,
      'namespace',
      'namespace_status_backlog',
      'Objects of a namespace whose status waits to be compared or written',
    ),
    eventWrites: makers.counter('event_writes_total', 'Events on objects of users, by result', {
      result: ['written', 'absent', 'refused', 'unavailable'],
    }),
    infrastructureWrites: makers.counter(
      'infrastructure_writes_total',
      'Writes of the objects that run proxies, by result: applied, deleted, or the error',
      { kind: 'a kind of object', result: writeResults },
    ),
    infrastructureBacklog: makers.gauge(
      'infrastructure_backlog',
      'Gateways whose objects wait to be compared or written',
    ),
  };
}
