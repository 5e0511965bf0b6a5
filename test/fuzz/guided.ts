import { isDeepStrictEqual } from 'node:util';
import type { Coverage } from './coverage.ts';
import type { Door } from './door.ts';
import { Random } from './random.ts';

export interface Finding {
  readonly door: string;
  readonly problem: string;
  readonly input: string;
}

export interface Report {
  readonly door: string;
  readonly tries: number;
  readonly kept: number;
  readonly findings: readonly Finding[];
  /** Most blocks, and most milliseconds, of one input; the code is not optimized. */
  readonly mostSteps: number;
  readonly longestMs: number;
}

/** More at once hide a slow one; fewer take longer. */
const atOnce = 10;

/** Further findings are mostly the same. */
const maxFindings = 3;

/** Changes known inputs, and keeps those that reach new code. The same seed gives the same inputs. */
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
  /** Alone, to know what this input reaches. */
  const look = async (input: unknown): Promise<void> => {
    coverage.take();
    const start = performance.now();
    await answerOf(door, input);
    longestMs = Math.max(longestMs, performance.now() - start);
    const trace = coverage.take();
    mostSteps = Math.max(mostSteps, trace.steps);
    if (coverage.add(trace)) corpus.push(input);
  };
  /** Several at once, as reading the coverage takes longer than most of them. */
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
    // Keep all: a parser that remembers its answers does nothing for an input that it has seen.
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

/** Long enough to show a comparison of each with each. */
const repetitions = 256;

/** Twice the input may take twice the blocks, and some more for sorting. */
const mostGrowth = 2.2;

/** Each takes as long as some hundred others. */
const maxGrown = 200;

/** Below it, fixed costs are most of it. */
const leastSteps = 20_000;

/** Blocks must not grow faster than a part that is repeated 256 and 512 times. */
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
    // Again, as the first run includes compilation.
    const [again = 1, twice = 0] = [await steps(repetitions), await steps(2 * repetitions)];
    if (twice <= mostGrowth * again) continue;
    const problem = `twice the input takes ${(twice / again).toFixed(1)} times the steps: ${again}, ${twice}`;
    findings.push({ door: door.name, problem, input: described(repetitions) });
  }
  return findings;
}
