import { median } from '../bench/fleet/measure/statistics.ts';
import type { Run } from '../bench/fleet/report/results.ts';
import { figure } from '../test/rig/load/table.ts';

/** Costs of one replica; NaN where no run says. */
export interface Costs {
  readonly baseMiB: number;
  readonly routeKiB: number;
  readonly gatewayKiB: number;
  readonly proxyKiB: number;
  /** CPU of a change, without its proxies. */
  readonly endpointMs: number;
  readonly routeMs: number;
  /** CPU of a change for each further proxy. */
  readonly pushMs: number;
  /** CPU to load a route with what belongs to it. */
  readonly loadMs: number;
}

export function costsOf(runs: readonly Run[]): Costs {
  const own = runs.filter(({ controlPlane }) => controlPlane === 'sluice');
  const values = (scenario: string, of: (run: Run) => number | undefined): number =>
    median(own.filter((run) => run.scenario === scenario).flatMap((run) => of(run) ?? []));
  const { slope, base } = line(
    own
      .filter(({ scenario }) => scenario === 'memory')
      .map(({ routes, figures }) => ({ x: routes, y: figures['resident'] ?? 0 })),
  );
  return {
    baseMiB: base,
    routeKiB: slope * 1024,
    gatewayKiB: values('gateways', ({ figures }) => figures['each']),
    proxyKiB: values('proxies', ({ figures }) => figures['each']),
    endpointMs: values('endpoint', ({ figures }) => figures['cpu']),
    routeMs: values('route', ({ figures }) => figures['cpu']),
    pushMs: values('proxies', ({ figures }) => {
      const { cpu = 0, cpuOfTenth = 0, clients = 0 } = figures;
      return (cpu - cpuOfTenth) / (0.9 * clients);
    }),
    loadMs: values('load', ({ figures, routes }) => ((figures['cpu'] ?? 0) * 1000) / routes),
  };
}

interface Fleet {
  readonly proxies: number;
  readonly routes: number;
  readonly replicas: readonly number[];
}

/** Rows of a table: what each replica of a fleet needs. */
export function fleetTable(costs: Costs, { proxies, routes, replicas }: Fleet): string[] {
  const rows = replicas.map((count) => {
    const each = proxies / count;
    const memory = costs.baseMiB + (routes * costs.routeKiB + each * costs.proxyKiB) / 1024;
    const change = costs.routeMs + each * costs.pushMs;
    return `| ${count} | ${each.toLocaleString('en')} | ${figure(memory)} MiB | ${figure(change)} ms |`;
  });
  return [
    '| replicas | proxies of each | memory of each | CPU of each for a route change |',
    '|---|---|---|---|',
    ...rows,
  ];
}

/** Least squares; a single size is all base. */
function line(points: readonly { readonly x: number; readonly y: number }[]): {
  readonly slope: number;
  readonly base: number;
} {
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
  if (spread === 0) return { slope: Number.NaN, base: my };
  const slope = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0) / spread;
  return { slope, base: my - slope * mx };
}
