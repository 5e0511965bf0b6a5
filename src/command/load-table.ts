import { columns, plain } from './columns.ts';
import type { Lag, Load } from './load.ts';

export interface ReplicaLoad {
  readonly replica: string;
  /** Undefined: it gave no answer, or has just started. */
  readonly load: Load | undefined;
}

const header = [
  'REPLICA',
  'EVENTS/S',
  'COALESCED/S',
  'WAVES/S',
  'UNITS/S',
  'MAIN',
  'WORKERS',
  'ENDPOINT LAG',
  'ROUTE LAG',
  'PROXIES',
  'BEHIND',
  'REFUSED/S',
];

/** Returns a line for each replica, and under it the units and namespaces that cost most. */
export function loadText(replicas: readonly ReplicaLoad[]): string {
  const table = columns([header, ...replicas.map(rowOf)]);
  const details = replicas.flatMap(({ replica, load }) =>
    load === undefined ? [] : detailsOf(replica, load),
  );
  return details.length === 0 ? table : `${table}\n${columns([['REPLICA', 'MOST COSTLY', ''], ...details])}`;
}

function rowOf({ replica, load }: ReplicaLoad): string[] {
  if (load === undefined) return [plain(replica), 'no answer'];
  return [
    plain(replica),
    ...[load.events, load.coalesced, load.waves, load.units].map(figure),
    percent(load.busyMain),
    percent(load.busyWorkers),
    lag(load.endpointLag),
    lag(load.routeLag),
    String(load.proxies),
    String(load.behind),
    figure(load.refused),
  ];
}

function detailsOf(replica: string, { slowestUnits, namespaces }: Load): string[][] {
  return [
    ...slowestUnits.map(({ unit, count, meanMs }) => [
      plain(replica),
      `unit ${plain(unit)}`,
      `${figure(meanMs)} ms each, ${count} times`,
    ]),
    ...namespaces.map(({ namespace, seconds }) => [
      plain(replica),
      namespace === '' ? 'all other namespaces' : `namespace ${plain(namespace)}`,
      `${figure(seconds * 1000)} ms of workers, halved each minute`,
    ]),
  ];
}

function figure(value: number): string {
  return value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(value < 1 ? 2 : 1);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** Upper bounds of buckets: a lag is at most this. */
function lag({ p50, p99 }: Lag): string {
  if (p50 === undefined || p99 === undefined) return '-';
  return `p50 ${atMost(p50)}, p99 ${atMost(p99)}`;
}

function atMost(ms: number): string {
  return Number.isFinite(ms) ? `≤${Number(ms.toFixed(2))}ms` : 'off the scale';
}
