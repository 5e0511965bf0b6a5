import { isDeepStrictEqual } from 'node:util';
import type { Coverage } from './coverage.ts';
import type { Door } from './door.ts';
import { Random } from './random.ts';

export interface Finding {
  readonly door: string;
  readonly problem: string;
  readonly input: string;
}

/** Result of trying a door. */
export interface Report {
  readonly door: string;
  readonly tries: number;
  /** Inputs that reached what none before them did. */
  readonly kept: number;
  readonly findings: readonly Finding[];
  /** The most blocks that one input took, and the longest that it took, in milliseconds, by code that is not optimized. */
  readonly mostSteps: number;
  readonly longestMs: number;
}

/** More of them hide one that is slow, fewer take longer. */
const atOnce = 10;

/** One more of these would say the same most of the time. */
const maxFindings = 3;

/**
 * Tries a door with what is made from the inputs that it knows, and keeps those that reach code which none has reached. The same
 * seed gives the same inputs.
 */
export async function tryDoor(
  door: Door,
  coverage: Coverage,
  seed: number,
  isOver: (tries: number) => boolean,
): Promise<Report> {
  const random = new Random(seed);
  const corpus: unknown[] = [];
  const findings: Finding[] = [];
  let tries = 0;
  let longestMs = 0;
  let mostSteps = 0;
  /** Alone, so that it is known what this one reaches. */
  const look = async (input: unknown): Promise<void> => {
    coverage.take();
    const start = performance.now();
    await answerOf(door, input);
    longestMs = Math.max(longestMs, performance.now() - start);
    const trace = coverage.take();
    mostSteps = Math.max(mostSteps, trace.steps);
    if (coverage.add(trace)) corpus.push(input);
  };
  /** Several at once, as to ask what has run takes longer than most of them. */
  const attempt = async (inputs: readonly unknown[]): Promise<void> => {
    coverage.take();
    for (const input of inputs) {
      tries++;
      const { answer, problem } = await answerOf(door, input);
      const wrong = problem ?? (await difference(door, input, answer));
      if (wrong !== undefined && findings.length < maxFindings)
        findings.push({ door: door.name, problem: wrong, input: door.print(input) });
    }
    const trace = coverage.take();
    if (!coverage.isFresh(trace)) return;
    for (const input of inputs) await look(input);
    // A parser that remembers its answers does nothing for an input that it has seen: any of them may have been it.
    if (coverage.add(trace)) corpus.push(...inputs);
  };
  await attempt(door.seeds);
  if (corpus.length === 0) corpus.push(...door.seeds);
  while (!isOver(tries) && findings.length < maxFindings)
    await attempt(
      Array.from({ length: atOnce }, () => door.mutate(random.pick(corpus), random.pick(corpus), random)),
    );
  const growing = await growthOf(door, corpus, Math.min(maxGrown, Math.ceil(tries / 16)), coverage, random);
  return {
    door: door.name,
    tries,
    kept: corpus.length,
    findings: [...findings, ...growing],
    mostSteps,
    longestMs,
  };
}

interface Answered {
  readonly answer: unknown;
  readonly problem?: string;
}

async function answerOf(door: Door, input: unknown): Promise<Answered> {
  try {
    return { answer: await door.run(input) };
  } catch (error) {
    return { answer: undefined, problem: error instanceof Error ? (error.stack ?? error.message) : 'thrown' };
  }
}

async function difference(door: Door, input: unknown, first: unknown): Promise<string | undefined> {
  const { answer, problem } = await answerOf(door, input);
  if (problem !== undefined) return problem;
  return isDeepStrictEqual(answer, first) ? undefined : 'the same input has had two answers';
}

/** As long as that, a parser that compares each with each other shows it. */
const repetitions = 256;

/** Twice the input may take twice the blocks, and somewhat more where something is sorted. */
const mostGrowth = 2.2;

/** Inputs of a door that are made long; each takes as long as some hundred others. */
const maxGrown = 200;

/** Below, what is done once is most of it. */
const leastSteps = 20_000;

/** Inputs of which a part comes 256 and 512 times: the blocks that they take may grow as they do, and no faster. */
async function growthOf(
  door: Door,
  corpus: readonly unknown[],
  count: number,
  coverage: Coverage,
  random: Random,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let i = 0; i < count && findings.length < maxFindings; i++) {
    const input = random.pick(corpus);
    const seed = random.below(2 ** 31);
    const steps = async (times: number): Promise<number | undefined> => {
      const grown = door.grown(input, times, new Random(seed));
      if (grown === undefined) return undefined;
      coverage.take();
      const { problem } = await answerOf(door, grown);
      if (problem !== undefined) findings.push({ door: door.name, problem, input: described(times) });
      return coverage.take().steps;
    };
    const described = (times: number): string =>
      `${door.print(input)} of which a part, by seed ${seed}, comes ${times} times`;
    const [one, two] = [await steps(repetitions), await steps(2 * repetitions)];
    if (one === undefined || two === undefined || one < leastSteps || two <= mostGrowth * one) continue;
    // Once more, as code that runs for the first time is compiled on the way.
    const [again = 1, twice = 0] = [await steps(repetitions), await steps(2 * repetitions)];
    if (twice <= mostGrowth * again) continue;
    const problem = `twice the input takes ${(twice / again).toFixed(1)} times the steps: ${again}, ${twice}`;
    findings.push({ door: door.name, problem, input: described(repetitions) });
  }
  return findings;
}
