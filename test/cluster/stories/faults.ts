import { apiFaults } from '../../rig/kube/faults/api-fault.ts';
import { FaultyApi } from '../../rig/kube/faults/faulty-api.ts';
import { allCases, caseName, followed, oneIn, type FaultCase } from '../../rig/kube/faults/matrix.ts';
import { isHang, playCases, type CaseResult } from '../../rig/kube/faults/play.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { Cluster } from '../cluster.ts';
import { installCrds, installEnvoyCrds } from '../sluice.ts';
import { adminOf, playEtcdOutage } from './etcd-outage.ts';
import type { Story } from './story.ts';

/** An API server's own limit for a request. */
const hangMs = 60_000;

/** More at a time hide each other's waits; fewer leave more of two cores to each. */
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
    { name: 'every', default: '1', meaning: 'one of so many cases is played; 1: all' },
  ],
  async run({ report, progress }, options) {
    const kind = options.text('kind');
    const fault = options.text('fault');
    const chosen = fault === 'all' ? apiFaults : apiFaults.filter(({ name }) => name === fault);
    const every = Math.max(options.number('every'), 1);
    const cases = oneIn(every, allCases(kind === 'all' ? followed : [kind], chosen));
    const cluster = new Cluster();
    const { server: origin, ca, token } = cluster.access;
    const api = await new FaultyApi({ origin, ca, token }).start();
    const results: CaseResult[] = [];
    try {
      await installCrds(cluster.kube);
      await installEnvoyCrds(
        cluster.kube,
        'EnvoyProxy',
        'EnvoyExtensionPolicy',
        'SecurityPolicy',
        'Backend',
        'HTTPRouteFilter',
      );
      const ports = {
        api,
        admin: adminOf(cluster.kube),
        hangMs,
        atOnce: Infinity,
        onResult(result: CaseResult) {
          results.push(result);
          progress(`${results.length} of ${cases.length} cases: ${caseName(result.faultCase)}`);
        },
      };
      const groups = groupsOf(cases);
      const played = await Promise.allSettled([
        ...groups.long.map(([name, ofGroup]) => playCases(name, ofGroup, ports)),
        ...Array.from({ length: parallel }, async () => {
          for (let next = groups.quick.pop(); next !== undefined; next = groups.quick.pop())
            await playCases(...next, ports);
        }),
      ]);
      for (const one of played) if (one.status === 'rejected') throw one.reason;
      for (const result of results) for (const line of wrongWith(result)) process.stdout.write(`\n${line}\n`);
      if (fault !== 'etcd') reportCases(results, cases.length, report);
      if (fault === 'etcd' || (fault === 'all' && kind === 'all'))
        await playEtcdOutage(cluster, api, { report, progress });
    } finally {
      await api.close();
      await cluster.close();
    }
  },
};

function reportCases(results: readonly CaseResult[], wanted: number, report: SoakPorts['report']): void {
  const wrong = results.filter(({ violations }) => violations.length > 0);
  const behind = results.filter((result) => result.behind.length > 0);
  const unexplained = results.filter(({ isExplained }) => !isExplained);
  report('cases: kinds × times × faults', results.length);
  report('cases that were not played', wanted - results.length, 0);
  report('cases with anything published but last good or new', wrong.length, 0);
  report('cases that did not converge', behind.length, 0);
  report('cases with no reason in a metric', unexplained.length, 0);
}

/** Cases that take long have a fixture of their own. */
function groupsOf(cases: readonly FaultCase[]): { readonly quick: CaseGroup[]; readonly long: CaseGroup[] } {
  const quick = cases.filter((faultCase) => !isHang(faultCase));
  return { quick: byKind('', quick), long: byKind('-hang', cases.filter(isHang)) };
}

type CaseGroup = [string, FaultCase[]];

function byKind(suffix: string, cases: readonly FaultCase[]): CaseGroup[] {
  const kinds = Map.groupBy(cases, ({ kind }) => kind);
  return [...kinds].map(([kind, of]) => [`faults-${kind.toLowerCase()}${suffix}`, of]);
}

function wrongWith({ faultCase, violations, behind, isExplained }: CaseResult): string[] {
  return [
    ...violations.map((violation) => `${caseName(faultCase)}: ${violation}`),
    ...(behind.length === 0 ? [] : [`${caseName(faultCase)}: in the end, ${behind.join(', ')} differs`]),
    ...(isExplained ? [] : [`${caseName(faultCase)}: no metric says why`]),
  ];
}
