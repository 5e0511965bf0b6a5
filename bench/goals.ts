import type { Mode, RunFigures } from './pipeline-run.ts';
import { growthExponent } from '../test/rig/load/quantiles.ts';
import { figure } from '../test/rig/load/table.ts';

export interface Goal {
  readonly name: string;
  readonly measured: string;
  readonly wanted: string;
  readonly holds: boolean;
}

export function goals(runs: readonly RunFigures[]): Goal[] {
  const of = (mode: Mode): RunFigures[] =>
    runs.filter((run) => run.mode === mode).sort((a, b) => a.routes - b.routes);
  const incremental = of('incremental');
  const small = incremental[0];
  const large = incremental.at(-1);
  if (small === undefined || large === undefined || small === large) return [];
  const full = of('full').find((run) => run.routes === large.routes);
  const at = `at ${large.routes} routes`;
  const { endpoint, route, burst } = large;
  const found: Goal[] = [
    atMost(`endpoint event on the wire, p50 ms ${at}`, endpoint.latency.p50, 1.5),
    atMost(`endpoint event on the wire, p99 ms ${at}`, endpoint.latency.p99, 5),
    atMost(`CPU ms per endpoint event, all threads, ${at}`, endpoint.cpuMs, 1.5),
    atMost(
      `CPU per endpoint event, ${large.routes} to ${small.routes} routes`,
      endpoint.cpuMs / small.endpoint.cpuMs,
      1.3,
    ),
    atMost(
      'growth exponent of CPU per route event',
      growthExponent(incremental.map((run) => ({ size: run.routes, cost: run.route.cpuMs }))),
      0.35,
    ),
    atMost(`first complete translation ${at}, ms`, large.firstMs, 4000),
    atMost(`heap of all threads ${at}, MiB`, large.heapMiB, 350),
    atMost(`main thread blocked during it, ms ${at}`, large.blockedMs, 50),
  ];
  if (burst !== undefined) {
    found.push(
      atMost(`at 500 endpoint events a second, p99 ms ${at}`, burst.latency.p99, 20),
      atMost('names that wait at the end of any such second', burst.queued, 0),
    );
  }
  if (full !== undefined) {
    found.push(
      atLeast(
        `CPU per endpoint event, full to incremental, ${at}`,
        full.endpoint.cpuMs / endpoint.cpuMs,
        500,
      ),
      atLeast(`CPU per route event, full to incremental, ${at}`, full.route.cpuMs / route.cpuMs, 50),
    );
  }
  return found;
}

export function atMost(name: string, value: number, limit: number): Goal {
  return { name, measured: figure(value), wanted: `at most ${limit}`, holds: value <= limit };
}

export function goalLines(found: readonly Goal[]): string {
  const line = ({ name, measured, wanted, holds }: Goal): string =>
    `${(holds ? 'holds' : 'MISSED').padEnd(7)} ${name}: ${measured} (goal ${wanted})\n`;
  return found.map(line).join('');
}

function atLeast(name: string, value: number, limit: number): Goal {
  return { name, measured: figure(value), wanted: `at least ${limit}`, holds: value >= limit };
}
