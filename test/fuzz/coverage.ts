import { PreciseCoverage } from '../rig/load/precise-coverage.ts';

/** One run of some code: how many blocks it took, and which blocks of each function were not reached. */
export interface Trace {
  readonly steps: number;
  readonly functions: ReadonlyMap<string, readonly Range[]>;
}

type Range = readonly [start: number, end: number];

/**
 * Counts blocks of JavaScript that run on this thread, by V8's precise coverage, and says which have never run before. The
 * libraries that parse are looked at as Sluice's own code is.
 *
 * Make it before any of that is imported: V8 counts the blocks of functions that are compiled while it counts. What V8's own
 * functions do (regular expressions, JSON, copies) is no block.
 */
export class Coverage {
  readonly #coverage = new PreciseCoverage();
  /** By function: the parts of it that no trace has reached. */
  readonly #unreached = new Map<string, readonly Range[]>();

  /** Everything that ran since the last call. */
  take(): Trace {
    const functions = new Map<string, readonly Range[]>();
    let steps = 0;
    for (const { url, scriptId, functions: found } of this.#coverage.take()) {
      if (!watched.test(url)) continue;
      for (const { ranges } of found) {
        const [whole] = ranges;
        if (whole === undefined || whole.count === 0) continue;
        for (const { count } of ranges) steps += count;
        const missed = ranges.filter(({ count }) => count === 0);
        functions.set(
          `${scriptId}:${whole.startOffset}`,
          missed.map(({ startOffset, endOffset }) => [startOffset, endOffset]),
        );
      }
    }
    return { steps, functions };
  }

  /** True when something in the trace has never run. */
  isFresh({ functions }: Trace): boolean {
    return [...functions].some(([name, missed]) => this.#leftOf(name, missed) !== undefined);
  }

  /** Adds a trace to what is known; true when something in it had never run. */
  add({ functions }: Trace): boolean {
    let fresh = false;
    for (const [name, missed] of functions) {
      const left = this.#leftOf(name, missed);
      if (left === undefined) continue;
      fresh = true;
      this.#unreached.set(name, left);
    }
    return fresh;
  }

  /** The parts of a function that are unreached after a trace; undefined when that is no less than before. */
  #leftOf(name: string, missed: readonly Range[]): readonly Range[] | undefined {
    const known = this.#unreached.get(name);
    if (known === undefined) return missed;
    const left = common(known, missed);
    return sizeOf(left) === sizeOf(known) ? undefined : left;
  }

  close(): void {
    this.#coverage.close();
  }
}

const watched = /\/(?:src\/[^?]*\.ts|proto\/gen\/|node_modules\/(?:yaml|tar-stream|@bufbuild|zod|re2js)\/)/;

function common(a: readonly Range[], b: readonly Range[]): Range[] {
  return a.flatMap(([start, end]) =>
    b.flatMap(([from, to]): Range[] => {
      const [first, last] = [Math.max(start, from), Math.min(end, to)];
      return first < last ? [[first, last]] : [];
    }),
  );
}

function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}
