import { watchedResources } from '../../../../src/kube/watched-resource.ts';
import { apiFaults, type ApiFault } from './api-fault.ts';

/**
 * When a request of a kind is met by the fault. A list is either streamed (a watch that begins with what exists) or read
 * in pages, the first or a later one; it is the first of a Sluice that has just started, or what follows a 410.
 */
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

/** One fault at one time of one kind. */
export interface FaultCase {
  readonly kind: string;
  readonly phase: Phase;
  readonly fault: ApiFault;
}

/** Kinds that are read by the same code as SecurityPolicy, which stands for them; see `kinds/unsupported-policy.ts`. */
const stoodFor = new Set([
  'BackendTrafficPolicy',
  'ClientTrafficPolicy',
  'EnvoyPatchPolicy',
  'BackendTLSPolicy',
]);

/** All kinds that Sluice follows, but for those that another one stands for. */
export const followed: readonly string[] = watchedResources
  .map(({ kind }) => kind)
  .filter((kind) => !stoodFor.has(kind));

/**
 * Every kind that is followed × every phase × every fault, but for what cannot be: a kind that no CRD defines cannot lose
 * its CRD.
 */
export function allCases(kinds = followed, faults = apiFaults): FaultCase[] {
  return kinds.flatMap((kind) =>
    phases.flatMap((phase) =>
      faults
        .filter(({ does }) => does.kind !== 'absent' || isOfCrd(kind))
        .map((fault) => ({ kind, phase, fault })),
    ),
  );
}

export function caseName({ kind, phase, fault }: FaultCase): string {
  return `${kind}, ${phase.name}, ${fault.name}`;
}

/** Describes what one Sluice goes through from its start: the first list of it may be faulted, and then what it did later. */
export interface Chain {
  /** Tells whether the API server lets it stream lists; one that does not is asked for pages. */
  readonly streams: boolean;
  readonly cases: readonly FaultCase[];
}

/**
 * The cases of one kind and fault, by as few Sluices as can meet them: each meets its next one as it came out of the last.
 * Where a fault takes its time, `apart`, they are met at the same time by a Sluice each.
 */
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

/** Groups of kinds that every API server has. */
const builtIn = new Set(['', 'discovery.k8s.io']);
