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
  /** Received or reported, but neither last good nor new and complete. */
  readonly violations: readonly string[];
  /** Missing long after the fault; empty: it converged. */
  readonly behind: readonly string[];
  /** True when a metric names the reason. */
  readonly isExplained: boolean;
}

export interface PlayOptions {
  readonly api: FaultyApi;
  readonly admin: Admin;
  readonly hangMs: number;
  /** Sluices; more hide each other's waits. Each takes 22 file descriptors, and as many at the API server. */
  readonly atOnce: number;
  /** Clock of waits on the API server. */
  readonly clock?: Clock;
  readonly onResult: (result: CaseResult) => void;
}

/**
 * Plays cases of one kind in one fixture: each Sluice meets its faults in turn, `atOnce` Sluices at the same time.
 * While a fault leaves no other way to the kind's objects, a proxy receives only effects of other kinds: each unit is,
 * byte by byte, made of all objects of the kind as they were. After the fault each is of a later state, in order, and
 * in the end of the newest. Before the first list of a kind is complete, a proxy receives nothing, and Sluice is not
 * ready. A CRD that the API server reports as absent takes its objects along.
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

/** Resolves when all faults have been met, or one could not be. */
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
      // A finished Sluice only costs from now on.
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
  // A watch that has brought nothing so far proves less.
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

/** Twice where possible, so that the next attempt meets it, too. */
async function areMet({ faultCase, sluice: { clientApi } }: Played): Promise<void> {
  const wanted = isHang(faultCase) ? 1 : 2;
  if (await comes(() => clientApi.met >= wanted || (clientApi.met > 0 && clientApi.passed))) return;
  throw new Error(`${caseName(faultCase)}: was met ${clientApi.met} times`);
}

async function areCurrent(played: readonly Played[]): Promise<void> {
  await each(played, async ({ faultCase, sluice }) => {
    if (await comes(() => sluice.clientApi.isWatched && sluice.isCurrent)) return;
    throw new Error(`${caseName(faultCase)}: before it, ${sluice.behind().join(', ')} differed`);
  });
}

async function each(played: readonly Played[], what: (one: Played) => Promise<unknown>): Promise<void> {
  await Promise.all(played.map(what));
}

/** Slow, and so better in a fixture of its own. */
export function isHang({ fault }: FaultCase): boolean {
  return fault.does.kind === 'hang';
}

function isAbsent({ fault }: FaultCase): boolean {
  return fault.does.kind === 'absent';
}

async function absences(fixture: FaultFixture, played: readonly Played[]): Promise<Snapshot[]> {
  return played.some(({ faultCase }) => isAbsent(faultCase)) ? await fixture.withoutKind() : [];
}

/** A 410 has already ended a watch that must be listed again. */
function minRestarts({ phase, fault }: FaultCase): number {
  return phase.stage === 'relist' && fault.reasons.includes('gone') ? 2 : 1;
}
