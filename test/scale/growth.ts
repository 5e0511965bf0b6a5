import { measures, type Counts, type Measure } from './scale-fixture.ts';

export interface Series {
  readonly small: Counts;
  readonly middle: Counts | undefined;
  readonly large: Counts;
}

/** The steps between the sizes are equal. */
export const sizeOf = { small: 4, middle: 20, large: 36 } as const;

/** More rounds mean that a unit finds its rows one by one. */
const maxRounds = 4;
const things = sizeOf.large - sizeOf.small;

/** Counts that grow without permission, or faster than their axis. */
export function overgrown(series: Series, mayGrow: readonly Measure[]): Measure[] {
  return measures.filter((measure) => isOvergrown(measure, series, mayGrow.includes(measure)));
}

function isOvergrown(measure: Measure, { small, middle, large }: Series, mayGrow: boolean): boolean {
  if (measure === 'rounds' && large.rounds > maxRounds) return true;
  const growth = large[measure] - small[measure];
  if (!mayGrow) return growth >= slack(measure);
  if (middle === undefined) throw new Error(`${measure} may grow, and was not counted in between`);
  const [first, second] = [middle[measure] - small[measure], large[measure] - middle[measure]];
  return second > maxBend * Math.max(0, first) + slack(measure) + stair(measure);
}

/** Bend allowed in the second of two equal steps. A square has 2.3. */
const maxBend = 1.4;

/** Under one for each thing is no loop over them, but padding. Counts of single things have no slack. */
function slack(measure: Measure): number {
  return measure === 'steps' || measure.endsWith('Bytes') ? things : 1;
}

/** Rows that units share go with each of their batches: one more batch is a stair of about one for each thing. */
function stair(measure: Measure): number {
  if (measure === 'rows') return things;
  return measure === 'workerBytes' ? things * bytesOfRow : 0;
}

const bytesOfRow = 256;

/** Text for diagnosis: how a count grew, and in which files. */
export function growthText(measure: Measure, { small, middle, large }: Series): string {
  const counts = [small, middle, large].flatMap((found) => (found === undefined ? [] : [found[measure]]));
  if (measure !== 'steps') return counts.join(' → ');
  const files = [...large.files]
    .map(([file, count]) => ({ file, more: count - (small.files.get(file) ?? 0) }))
    .filter(({ more }) => more > 0)
    .sort((a, b) => b.more - a.more)
    .slice(0, 4);
  return `${counts.join(' → ')}: ${files.map(({ file, more }) => `${file} +${more}`).join(', ')}`;
}
