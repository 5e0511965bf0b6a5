import { measures, type Counts, type Measure } from './scale-fixture.ts';

/** The same event where there is little of a thing, more of it, and twice as much more. */
export interface Series {
  readonly small: Counts;
  /** Undefined: not played, since no count may grow. */
  readonly middle: Counts | undefined;
  readonly large: Counts;
}

/** Numbers of each thing that a count is measured against; the steps between them are the same. */
export const sizeOf = { small: 4, middle: 20, large: 36 } as const;

/** A unit that goes round more often is one that finds what it needs row by row. */
const maxRounds = 4;
const things = sizeOf.large - sizeOf.small;

/** The counts that grow though they may not, or faster than what there is of the thing. */
export function overgrown(series: Series, mayGrow: readonly Measure[]): Measure[] {
  return measures.filter((measure) => isOvergrown(measure, series, mayGrow.includes(measure)));
}

function isOvergrown(measure: Measure, { small, middle, large }: Series, mayGrow: boolean): boolean {
  if (measure === 'rounds' && large.rounds > maxRounds) return true;
  const growth = large[measure] - small[measure];
  if (!mayGrow) return growth >= slack(measure);
  if (middle === undefined) throw new Error(`${measure} may grow, and was not counted in between`);
  const [first, second] = [middle[measure] - small[measure], large[measure] - middle[measure]];
  return second > maxBend * Math.max(0, first) + slack(measure);
}

/**
 * By how much more a count may grow in the second of two equal steps. With the square of the things it is 2.3 times; rows
 * that many units share come once with each batch, so a count of those goes up in stairs.
 */
const maxBend = 1.4;

/**
 * Fewer than one for each thing is no loop over the things: a page that became fuller, a byte of padding. Of what is
 * counted one by one, one more is one too many.
 */
function slack(measure: Measure): number {
  return measure === 'steps' || measure.endsWith('Bytes') ? things : 1;
}

/** For whoever has to find the cause: how a count grew, and in which files the steps did. */
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
