import { watchedResources } from '../../../../src/kube/watched-resource.ts';
import { apiFaults, type ApiFault } from './api-fault.ts';

/** A request that the fault meets. Lists are streamed or read in pages, by a new Sluice or after a 410. */
export interface Phase {
  readonly name: string;
  readonly stage: 'first' | 'watch' | 'relist';
  readonly request: 'streamed list' | 'first page' | 'later page' | 'watch';
}

const phases: readonly Phase[] = [
  { name: 'first list, streamed', stage: 'first', request: 'streamed list' },
  { name: 'first list, page 1', stage: 'first', request: 'first page' },
  { name: 'first list, page k', stage: 'first', request: 'later page' },
  { name: 'watch', stage: 'watch', request: 'watch' },
  { name: 'relist, streamed', stage: 'relist', request: 'streamed list' },
  { name: 'relist, page 1', stage: 'relist', request: 'first page' },
  { name: 'relist, page k', stage: 'relist', request: 'later page' },
];

export interface FaultCase {
  readonly kind: string;
  readonly phase: Phase;
  readonly fault: ApiFault;
}

/**
 * Kinds for which another one stands, as the same code follows and reads them: SecurityPolicy for other policies, HTTPRoute for the other routes (`kinds/gateway-api/route-links.ts`), and
 * GatewayClass for kinds without a namespace. A CustomResourceDefinition changes no resource of a proxy.
 */
const stoodFor = new Set([
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
  'BackendTrafficPolicy',
  'ClientTrafficPolicy',
  'EnvoyPatchPolicy',
  'BackendTLSPolicy',
  'ClusterTrustBundle',
  'CustomResourceDefinition',
]);

export const followed: readonly string[] = watchedResources
  .map(({ kind }) => kind)
  .filter((kind) => !stoodFor.has(kind));

/** Each kind × phase × fault, except impossible ones: a kind without a CRD cannot lose it. */
export function allCases(kinds = followed, faults = apiFaults): FaultCase[] {
  return kinds.flatMap((kind) =>
    phases.flatMap((phase) =>
      faults
        .filter(({ does }) => does.kind !== 'absent' || isOfCrd(kind))
        .map((fault) => ({ kind, phase, fault })),
    ),
  );
}

/**
 * Takes one of so many cases. Kinds take turns at each phase and fault: a step through the list would meet the same few
 * of them at every kind.
 */
export function oneIn(every: number, cases: readonly FaultCase[]): FaultCase[] {
  return cases.filter(({ kind, phase, fault }) => {
    const place = followed.indexOf(kind) + phases.indexOf(phase) + apiFaults.indexOf(fault);
    return place % every === 0;
  });
}

export function caseName({ kind, phase, fault }: FaultCase): string {
  return `${kind}, ${phase.name}, ${fault.name}`;
}

/** The cases of one Sluice: a fault in its first list, and later ones. */
export interface Chain {
  readonly streams: boolean;
  readonly cases: readonly FaultCase[];
}

/** As few Sluices as possible: each goes on after a case. `apart`: a Sluice for each case, at the same time. */
export function chains(cases: readonly FaultCase[], apart: boolean): Chain[] {
  const requests: readonly (readonly Phase['request'][])[] = [
    ['streamed list', 'watch'],
    ['first page'],
    ['later page'],
  ];
  const all = requests.map((wanted) => cases.filter(({ phase }) => wanted.includes(phase.request)));
  return all
    .flatMap((chain) => (apart ? chain.map((faultCase) => [faultCase]) : [chain]))
    .filter((chain) => chain.length > 0)
    .map((chain) => ({ streams: chain.every(({ phase }) => !phase.request.endsWith('page')), cases: chain }));
}

function isOfCrd(kind: string): boolean {
  const resource = watchedResources.find((one) => one.kind === kind);
  return !builtIn.has(resource?.group ?? '');
}

/** API groups of every API server. */
const builtIn = new Set(['', 'discovery.k8s.io']);
