import { PreciseCoverage } from '../rig/load/precise-coverage.ts';

/** A run: its number of blocks, and the unreached blocks by function. */
export interface Trace {
  readonly steps: number;
  readonly functions: ReadonlyMap<string, readonly Range[]>;
}

type Range = readonly [start: number, end: number];

/**
 * Blocks that run on this thread, by V8's precise coverage, and which of them are new. Includes the libraries that
 * parse.
 * Make it before any of that is imported: V8 counts only functions that are compiled later. V8's own functions (regular
 * expressions, JSON, copies) have no blocks.
 */
export class Coverage {
  readonly #coverage = new PreciseCoverage();
  /** Ranges that no trace has reached, by function. */
  readonly #unreached = new Map<string, readonly Range[]>();

  /** Blocks since the last call. */
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

  isFresh({ functions }: Trace): boolean {
    return [...functions].some(([name, missed]) => this.#leftOf(name, missed) !== undefined);
  }

  /** Returns true when part of the trace had never run. */
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

  /** Undefined when the trace reached nothing new. */
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
