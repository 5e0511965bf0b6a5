import { apiFaults } from '../../rig/kube/faults/api-fault.ts';
import { FaultyApi } from '../../rig/kube/faults/faulty-api.ts';
import { allCells, cellName, followed, type Cell } from '../../rig/kube/faults/matrix.ts';
import { isHang, playWorld, type CellResult } from '../../rig/kube/faults/play.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { Cluster } from '../cluster.ts';
import { installCrds, installEnvoyCrd } from '../sluice.ts';
import { adminOf, playEtcdOutage } from './etcd-outage.ts';
import type { Story } from './story.ts';

/** As long as an API server itself takes for a request at most. */
const hangMs = 60_000;

/** Worlds that are played at the same time: more hide each other's waits, fewer leave more of two cores to each. */
const parallel = 3;

/** Story 3: a transient fault of the API server was skipped, and what was left of the objects went out to proxies. */
export const faults: Story = {
  name: 'faults',
  title:
    'the API server fails in every way at every time: proxies have what was last good, or all of what is new',
  options: [
    { name: 'kind', default: 'all', values: [...followed, 'all'], meaning: 'whose requests fail' },
    {
      name: 'fault',
      default: 'all',
      values: [...apiFaults.map(({ name }) => name), 'etcd', 'all'],
      meaning: 'how they fail; etcd: it is stopped for a while',
    },
  ],
  async run({ report, progress }, options) {
    const kind = options.text('kind');
    const fault = options.text('fault');
    const chosen = fault === 'all' ? apiFaults : apiFaults.filter(({ name }) => name === fault);
    const cells = allCells(kind === 'all' ? followed : [kind], chosen);
    const cluster = new Cluster();
    const { server: origin, ca, token } = cluster.access;
    const api = await new FaultyApi({ origin, ca, token }).start();
    const results: CellResult[] = [];
    try {
      await installCrds(cluster.kube);
      await installEnvoyCrd(cluster.kube, 'EnvoyProxy', 'envoyproxies');
      await installEnvoyCrd(cluster.kube, 'EnvoyExtensionPolicy', 'envoyextensionpolicies');
      await installEnvoyCrd(cluster.kube, 'SecurityPolicy', 'securitypolicies');
      const ports = {
        api,
        admin: adminOf(cluster.kube),
        hangMs,
        atOnce: Infinity,
        onResult(result: CellResult) {
          results.push(result);
          progress(`${results.length} of ${cells.length} cells: ${cellName(result.cell)}`);
        },
      };
      const worlds = worldsOf(cells);
      const played = await Promise.allSettled([
        // They mostly wait.
        ...worlds.long.map(([name, ofWorld]) => playWorld(name, ofWorld, ports)),
        ...Array.from({ length: parallel }, async () => {
          for (let next = worlds.quick.pop(); next !== undefined; next = worlds.quick.pop())
            await playWorld(...next, ports);
        }),
      ]);
      for (const one of played) if (one.status === 'rejected') throw one.reason;
      for (const result of results) for (const line of wrongWith(result)) process.stdout.write(`\n${line}\n`);
      if (fault !== 'etcd') reportCells(results, cells.length, report);
      if (fault === 'etcd' || (fault === 'all' && kind === 'all'))
        await playEtcdOutage(cluster, api, { report, progress });
    } finally {
      await api.close();
      await cluster.close();
    }
  },
};

function reportCells(results: readonly CellResult[], wanted: number, report: SoakPorts['report']): void {
  const wrong = results.filter(({ violations }) => violations.length > 0);
  const behind = results.filter((result) => result.behind.length > 0);
  const unexplained = results.filter(({ isExplained }) => !isExplained);
  report('cells: kinds × times × faults', results.length);
  report('cells that were not played', wanted - results.length, 0);
  report('cells with anything published but last good or new', wrong.length, 0);
  report('cells that did not converge', behind.length, 0);
  report('cells with no reason in a metric', unexplained.length, 0);
}

/** A world for each kind, and one for those of its cells that take their time. */
function worldsOf(cells: readonly Cell[]): { readonly quick: World[]; readonly long: World[] } {
  const quick = cells.filter((cell) => !isHang(cell));
  return { quick: byKind('', quick), long: byKind('-hang', cells.filter(isHang)) };
}

/** Its name, and what is played in it. */
type World = [string, Cell[]];

function byKind(suffix: string, cells: readonly Cell[]): World[] {
  const kinds = Map.groupBy(cells, ({ kind }) => kind);
  return [...kinds].map(([kind, of]) => [`faults-${kind.toLowerCase()}${suffix}`, of]);
}

function wrongWith({ cell, violations, behind, isExplained }: CellResult): string[] {
  return [
    ...violations.map((violation) => `${cellName(cell)}: ${violation}`),
    ...(behind.length === 0 ? [] : [`${cellName(cell)}: in the end, ${behind.join(', ')} differs`]),
    ...(isExplained ? [] : [`${cellName(cell)}: no metric says why`]),
  ];
}
