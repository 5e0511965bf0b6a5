import type { Clock } from '../../../../src/lib/clock.ts';
import { comes } from './comes.ts';
import { FaultWorld, type Admin } from './fault-fixture.ts';
import { FaultedSluice } from './faulted-sluice.ts';
import type { FaultyApi } from './faulty-api.ts';
import { cellName, chains, type Cell, type Chain } from './matrix.ts';
import { judged } from './judge.ts';
import type { Snapshot } from './published.ts';

/** What came of one cell. */
export interface CellResult {
  readonly cell: Cell;
  /** What a proxy was told, or Sluice said of itself, that was neither last good nor complete and new. */
  readonly violations: readonly string[];
  /** What was missing long after the fault; empty: it converged. */
  readonly behind: readonly string[];
  /** Whether a metric names the reason. */
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
  /** That Sluice's waits for the API server go by. */
  readonly clock?: Clock;
  /** Called at each cell's end. */
  readonly onResult: (result: CellResult) => void;
}

/**
 * Plays the cells, all of one kind and in one world of objects: each Sluice meets its faults one after the other, `atOnce`
 * Sluices at the same time.
 *
 * The API has no transactions, so this is what must hold. As long as a fault lasts and there is no other way to the kind's
 * objects, a proxy is told nothing but what follows from changes of the other kinds, which reach it all the same: each unit
 * is, byte by byte, made of the kind's objects as they were, all of them. After the fault each is made of them as they were
 * at some time since, in the order of their changes, and in the end it is the newest. None is taken that all of these have.
 * Before the first list of a kind has come to its end, a proxy is told nothing at all, and Sluice is not ready. A CRD that
 * is absent by all that the API server says takes its objects along, which is a state like any other.
 */
export async function playWorld(
  name: string,
  cells: readonly Cell[],
  { api, admin, hangMs, atOnce, clock, onResult }: PlayOptions,
): Promise<void> {
  const kind = cells[0]?.kind ?? '';
  const world = await FaultWorld.create(name, kind, admin);
  const faults = Map.groupBy(cells, ({ fault }) => fault);
  const left = [...faults.values()].flatMap((ofFault) => chains(ofFault, ofFault.every(isHang)));
  try {
    while (left.length > 0)
      await playChains(
        world,
        left.splice(0, atOnce).map((chain) => ({ chain, sluice: newSluice(chain) })),
        onResult,
      );
  } finally {
    await world.close();
  }

  function newSluice({ streams }: Chain): FaultedSluice {
    const seat = api.seat({ kind, streams, selector: world.selector, hangMs });
    return new FaultedSluice(api.origin, seat, world, clock);
  }
}

interface Seated {
  readonly chain: Chain;
  readonly sluice: FaultedSluice;
}

/** Resolves when each has met all its faults, or one could not. */
async function playChains(
  world: FaultWorld,
  seated: readonly Seated[],
  onResult: PlayOptions['onResult'],
): Promise<void> {
  try {
    const steps = Math.max(...seated.map(({ chain }) => chain.cells.length));
    for (let step = 0; step < steps; step++) {
      const played = seated.flatMap(({ chain, sluice }) => {
        const cell = chain.cells[step];
        return cell === undefined ? [] : [{ cell, sluice }];
      });
      await playStep(world, played, onResult);
      // One that has met its last fault only costs from now on.
      const done = seated.filter(({ chain }) => chain.cells.length === step + 1);
      await Promise.all(done.map(({ sluice }) => sluice.close()));
    }
  } finally {
    await Promise.all(seated.map(({ sluice }) => sluice.close()));
  }
}

interface Played {
  readonly cell: Cell;
  readonly sluice: FaultedSluice;
}

async function playStep(
  world: FaultWorld,
  played: readonly Played[],
  onResult: PlayOptions['onResult'],
): Promise<void> {
  const { kind } = world;
  const followers = played.filter(({ cell }) => cell.phase.stage !== 'first');
  for (const { sluice } of followers) sluice.start();
  await areCurrent(followers);
  // A watch that has brought nothing so far counts for less.
  if (followers.length > 0) await world.advance();
  await areCurrent(followers);
  world.expectStarts(followers.length < played.length);
  const before = [world.now, ...(await absences(world, played))];
  const counted = new Map<Played, number>();
  await each(played, async (one) => {
    const { cell, sluice } = one;
    counted.set(one, await sluice.restarts(kind, cell.fault.reasons));
    sluice.told = [];
    sluice.isDuringFault = () => !sluice.seat.passed;
    sluice.seat.begin(cell);
    if (cell.phase.stage === 'first') sluice.start();
  });
  await each(played, areMet);
  const moved = await world.moveCanary();
  const after = [...(await world.advance()), ...(await absences(world, played))];
  const cold = await world.coldStates();
  const problems = new Map<Played, string[]>();
  await each(played, async (one) => {
    const { cell, sluice } = one;
    const { seat } = sluice;
    const isTold =
      cell.phase.stage === 'first' || isAbsent(cell) || (await comes(() => sluice.hasOneOf(moved, before)));
    if (isHang(cell)) await comes(() => seat.released > 0 || seat.passed);
    const isEarly = cell.phase.stage === 'first' && sluice.isReady && !seat.passed && !isAbsent(cell);
    problems.set(one, [
      ...(isEarly ? ['ready before the list had come to its end'] : []),
      ...(isTold ? [] : ['a change of another kind was held up']),
    ]);
    sluice.isDuringFault = () => false;
    seat.end();
  });
  await each(played, async (one) => {
    const { cell, sluice } = one;
    const isThere = await comes(() => sluice.isCurrent);
    const isFirst = cell.phase.stage === 'first';
    const all = [...before, ...moved, ...after, ...(isFirst ? cold : [])];
    const lastGood = isFirst ? [] : [...before, ...moved];
    const violations = [
      ...(problems.get(one) ?? []),
      ...judged(sluice, isAbsent(cell) ? all : lastGood, all),
      ...sluice.client.violations.splice(0),
    ];
    const isExplained =
      (await sluice.restarts(kind, cell.fault.reasons)) - (counted.get(one) ?? 0) >= minRestarts(cell);
    onResult({ cell, violations, behind: isThere ? [] : sluice.behind(), isExplained });
  });
}

/** Twice where it can be: what was met is tried again. */
async function areMet({ cell, sluice: { seat } }: Played): Promise<void> {
  const wanted = isHang(cell) ? 1 : 2;
  if (await comes(() => seat.met >= wanted || (seat.met > 0 && seat.passed))) return;
  throw new Error(`${cellName(cell)}: was met ${seat.met} times`);
}

/** They have everything, and watch. */
async function areCurrent(played: readonly Played[]): Promise<void> {
  await each(played, async ({ cell, sluice }) => {
    if (await comes(() => sluice.seat.isWatched && sluice.isCurrent)) return;
    throw new Error(`${cellName(cell)}: before it, ${sluice.behind().join(', ')} differed`);
  });
}

async function each(played: readonly Played[], what: (one: Played) => Promise<unknown>): Promise<void> {
  await Promise.all(played.map(what));
}

/** Takes its time, so that it is better played in a world of its own. */
export function isHang({ fault }: Cell): boolean {
  return fault.does.kind === 'hang';
}

function isAbsent({ fault }: Cell): boolean {
  return fault.does.kind === 'absent';
}

/** What is published of the world without the kind, where a CRD is absent: nobody is to serve what does not exist. */
async function absences(world: FaultWorld, played: readonly Played[]): Promise<Snapshot[]> {
  return played.some(({ cell }) => isAbsent(cell)) ? await world.withoutKind() : [];
}

/** A watch that is to be listed anew is ended by a 410 already. */
function minRestarts({ phase, fault }: Cell): number {
  return phase.stage === 'relist' && fault.reasons.includes('gone') ? 2 : 1;
}
