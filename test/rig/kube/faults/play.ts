import type { Clock } from '../../../../src/lib/clock.ts';
import { comes } from './comes.ts';
import { FaultFixture, type Admin } from './fault-fixture.ts';
import { FaultedSluice } from './faulted-sluice.ts';
import type { FaultyApi } from './faulty-api.ts';
import { caseName, chains, type FaultCase, type Chain } from './matrix.ts';
import { judged } from './judge.ts';
import type { Snapshot } from './published.ts';

export interface CaseResult {
  readonly faultCase: FaultCase;
  /** Holds what a proxy was told, or Sluice said of itself, that was neither last good nor complete and new. */
  readonly violations: readonly string[];
  /** Holds what was missing long after the fault; empty: it converged. */
  readonly behind: readonly string[];
  /** Tells whether a metric names the reason. */
  readonly isExplained: boolean;
}

export interface PlayOptions {
  /** The proxy in front of the API server. */
  readonly api: FaultyApi;
  /** Past the proxy. */
  readonly admin: Admin;
  readonly hangMs: number;
  /** Sluices; more hide each other's waits, and each takes 22 file descriptors, and as many again for the API server's end. */
  readonly atOnce: number;
  /** Clock of Sluice's waits for the API server. */
  readonly clock?: Clock;
  /** Called at each case's end. */
  readonly onResult: (result: CaseResult) => void;
}

/**
 * Plays the cases, all of one kind and in one fixture of objects: each Sluice meets its faults one after the other, `atOnce`
 * Sluices at the same time.
 *
 * The API has no transactions, so this is what must hold. As long as a fault lasts and there is no other way to the kind's
 * objects, a proxy is told nothing but what follows from changes of the other kinds, which reach it all the same: each unit
 * is, byte by byte, made of the kind's objects as they were, all of them. After the fault each is made of them as they were
 * at some time since, in the order of their changes, and in the end it is the newest. None is taken that all of these have.
 * Before the first list of a kind has come to its end, a proxy is told nothing at all, and Sluice is not ready. A CRD that
 * is absent by all that the API server says takes its objects along, which is a state like any other.
 */
export async function playCases(
  name: string,
  cases: readonly FaultCase[],
  { api, admin, hangMs, atOnce, clock, onResult }: PlayOptions,
): Promise<void> {
  const kind = cases[0]?.kind ?? '';
  const fixture = await FaultFixture.create(name, kind, admin);
  const faults = Map.groupBy(cases, ({ fault }) => fault);
  const left = [...faults.values()].flatMap((ofFault) => chains(ofFault, ofFault.every(isHang)));
  try {
    while (left.length > 0)
      await playChains(
        fixture,
        left.splice(0, atOnce).map((chain) => ({ chain, sluice: newSluice(chain) })),
        onResult,
      );
  } finally {
    await fixture.close();
  }

  function newSluice({ streams }: Chain): FaultedSluice {
    const clientApi = api.clientApi({ kind, streams, selector: fixture.selector, hangMs });
    return new FaultedSluice(api.origin, clientApi, fixture, clock);
  }
}

interface ChainRun {
  readonly chain: Chain;
  readonly sluice: FaultedSluice;
}

/** Resolves when each has met all its faults, or one could not. */
async function playChains(
  fixture: FaultFixture,
  runs: readonly ChainRun[],
  onResult: PlayOptions['onResult'],
): Promise<void> {
  try {
    const steps = Math.max(...runs.map(({ chain }) => chain.cases.length));
    for (let step = 0; step < steps; step++) {
      const played = runs.flatMap(({ chain, sluice }) => {
        const faultCase = chain.cases[step];
        return faultCase === undefined ? [] : [{ faultCase, sluice }];
      });
      await playStep(fixture, played, onResult);
      // One that has met its last fault only costs from now on.
      const done = runs.filter(({ chain }) => chain.cases.length === step + 1);
      await Promise.all(done.map(({ sluice }) => sluice.close()));
    }
  } finally {
    await Promise.all(runs.map(({ sluice }) => sluice.close()));
  }
}

interface Played {
  readonly faultCase: FaultCase;
  readonly sluice: FaultedSluice;
}

async function playStep(
  fixture: FaultFixture,
  played: readonly Played[],
  onResult: PlayOptions['onResult'],
): Promise<void> {
  const { kind } = fixture;
  const followers = played.filter(({ faultCase }) => faultCase.phase.stage !== 'first');
  for (const { sluice } of followers) sluice.start();
  await areCurrent(followers);
  // A watch that has brought nothing so far counts for less.
  if (followers.length > 0) await fixture.advance();
  await areCurrent(followers);
  fixture.expectStarts(followers.length < played.length);
  const before = [fixture.now, ...(await absences(fixture, played))];
  const counted = new Map<Played, number>();
  await each(played, async (one) => {
    const { faultCase, sluice } = one;
    counted.set(one, await sluice.restarts(kind, faultCase.fault.reasons));
    sluice.received = [];
    sluice.isDuringFault = () => !sluice.clientApi.passed;
    sluice.clientApi.begin(faultCase);
    if (faultCase.phase.stage === 'first') sluice.start();
  });
  await each(played, areMet);
  const moved = await fixture.moveCanary();
  const after = [...(await fixture.advance()), ...(await absences(fixture, played))];
  const cold = await fixture.coldStates();
  const problems = new Map<Played, string[]>();
  await each(played, async (one) => {
    const { faultCase, sluice } = one;
    const { clientApi } = sluice;
    const hasReceived =
      faultCase.phase.stage === 'first' ||
      isAbsent(faultCase) ||
      (await comes(() => sluice.hasOneOf(moved, before)));
    if (isHang(faultCase)) await comes(() => clientApi.released > 0 || clientApi.passed);
    const isEarly =
      faultCase.phase.stage === 'first' && sluice.isReady && !clientApi.passed && !isAbsent(faultCase);
    problems.set(one, [
      ...(isEarly ? ['ready before the list had come to its end'] : []),
      ...(hasReceived ? [] : ['a change of another kind was held up']),
    ]);
    sluice.isDuringFault = () => false;
    clientApi.end();
  });
  await each(played, async (one) => {
    const { faultCase, sluice } = one;
    const isThere = await comes(() => sluice.isCurrent);
    const isFirst = faultCase.phase.stage === 'first';
    const all = [...before, ...moved, ...after, ...(isFirst ? cold : [])];
    const lastGood = isFirst ? [] : [...before, ...moved];
    const violations = [
      ...(problems.get(one) ?? []),
      ...judged(sluice, isAbsent(faultCase) ? all : lastGood, all),
      ...sluice.client.violations.splice(0),
    ];
    const isExplained =
      (await sluice.restarts(kind, faultCase.fault.reasons)) - (counted.get(one) ?? 0) >=
      minRestarts(faultCase);
    onResult({ faultCase, violations, behind: isThere ? [] : sluice.behind(), isExplained });
  });
}

/** Twice where it can be: what was met is tried again. */
async function areMet({ faultCase, sluice: { clientApi } }: Played): Promise<void> {
  const wanted = isHang(faultCase) ? 1 : 2;
  if (await comes(() => clientApi.met >= wanted || (clientApi.met > 0 && clientApi.passed))) return;
  throw new Error(`${caseName(faultCase)}: was met ${clientApi.met} times`);
}

/** They have everything, and watch. */
async function areCurrent(played: readonly Played[]): Promise<void> {
  await each(played, async ({ faultCase, sluice }) => {
    if (await comes(() => sluice.clientApi.isWatched && sluice.isCurrent)) return;
    throw new Error(`${caseName(faultCase)}: before it, ${sluice.behind().join(', ')} differed`);
  });
}

async function each(played: readonly Played[], what: (one: Played) => Promise<unknown>): Promise<void> {
  await Promise.all(played.map(what));
}

/** Takes its time, so that it is better played in a fixture of its own. */
export function isHang({ fault }: FaultCase): boolean {
  return fault.does.kind === 'hang';
}

function isAbsent({ fault }: FaultCase): boolean {
  return fault.does.kind === 'absent';
}

/** Returns what is published of the fixture without the kind, where a CRD is absent: nobody is to serve what does not exist. */
async function absences(fixture: FaultFixture, played: readonly Played[]): Promise<Snapshot[]> {
  return played.some(({ faultCase }) => isAbsent(faultCase)) ? await fixture.withoutKind() : [];
}

/** A watch that is to be listed anew is ended by a 410 already. */
function minRestarts({ phase, fault }: FaultCase): number {
  return phase.stage === 'relist' && fault.reasons.includes('gone') ? 2 : 1;
}
