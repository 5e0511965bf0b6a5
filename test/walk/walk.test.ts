import { expect, test } from 'vitest';
import { shortest } from './shortest.ts';
import { stepsOf, type Step } from './steps.ts';
import { WalkFixture } from './walk-fixture.ts';

/** In walks of `walkLength`. A million steps take about ten minutes. */
const total = Number(process.env['WALK_STEPS'] ?? 10_000);
/** Walks count up from it. */
const firstSeed = Number(process.env['WALK_SEED'] ?? 1);
/** Steps of one walk to keep, as a failure prints them. */
const kept = process.env['WALK_KEEP'];
const walkLength = 200;

test(
  'no random walk brings a proxy to where a request fails, or leaves it with anything but what is wanted',
  { timeout: 60_000 + total * 20 },
  async () => {
    const walks = kept === undefined ? Math.ceil(total / walkLength) : 1;
    for (let i = 0; i < walks; i++) {
      const seed = firstSeed + i;
      const steps = stepsOf(seed, walkLength);
      const indexes = kept?.split(',').map(Number) ?? steps.map((_, at) => at);
      const problem = await walk(steps, indexes);
      if (problem !== undefined) expect.fail(await report(seed, steps, indexes, problem));
    }
  },
);

/** Returns the violations and their step; undefined: none. */
async function walk(
  steps: readonly Step[],
  indexes: readonly number[],
): Promise<{ readonly at: number; readonly text: string } | undefined> {
  const fixture = new WalkFixture();
  let at = -1;
  try {
    await fixture.begin();
    for (const index of indexes) {
      at = index;
      await fixture.step(steps[index] ?? rest);
    }
    await fixture.step(rest);
    return undefined;
  } catch (error) {
    return { at, text: error instanceof Error ? error.message : String(error) };
  } finally {
    await fixture.close();
  }
}

const rest: Step = { kind: 'rest' };

async function report(
  seed: number,
  steps: readonly Step[],
  indexes: readonly number[],
  problem: { readonly at: number; readonly text: string },
): Promise<string> {
  const upTo = indexes.filter((index) => index <= problem.at);
  const least = await shortest(upTo, async (some) => (await walk(steps, some)) !== undefined);
  const last = (await walk(steps, least)) ?? problem;
  return [
    last.text,
    `again with: WALK_SEED=${seed} WALK_KEEP=${least.join()}`,
    ...least.map((index) => JSON.stringify(steps[index]).slice(0, maxStepText)),
  ].join('\n');
}

/** The start identifies a step; keys and certificates are long. */
const maxStepText = 600;
