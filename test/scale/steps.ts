import { PreciseCoverage } from '../rig/load/precise-coverage.ts';

/**
 * Counts how often each block of Sluice's code on this thread runs, by V8's precise coverage: the same in each run, and
 * whatever loops over things that a change does not concern is in it, without a counter in the code.
 *
 * Make it before any module of `src` is imported: V8 counts the blocks of functions that are compiled while it counts.
 * What V8's own functions do (a copy of an array, JSON, a hash) is no block.
 */
export class Steps {
  readonly #coverage = new PreciseCoverage();

  /** Blocks that ran since the last call, by file. */
  take(): Map<string, number> {
    const steps = new Map<string, number>();
    for (const script of this.#coverage.take()) {
      const [, file] = /\/src\/(?<file>[^?]*)/.exec(script.url) ?? [];
      if (file === undefined || notCounted.has(file) || script.url.includes('/node_modules/')) continue;
      const ranges = script.functions.flatMap((found) => found.ranges);
      const sum = ranges.reduce((count, range) => count + range.count, 0);
      if (sum > 0) steps.set(file, (steps.get(file) ?? 0) + sum);
    }
    return steps;
  }

  close(): void {
    this.#coverage.close();
  }
}

const notCounted: ReadonlySet<string> = new Set([
  // The tests' clients call it too.
  'lib/assert.ts',
  // Containers that search in halves, and work on one page of what they hold; see `pages.test.ts`. What loops over one of
  // them is counted where it loops.
  'publish/pages.ts',
  'publish/route-table.ts',
  'publish/virtual-host.ts',
  'store/index-members.ts',
  'xds/name-set.ts',
  // Copies of bytes, as V8's own.
  'lib/own-bytes.ts',
]);
