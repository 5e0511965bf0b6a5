import { PreciseCoverage } from '../rig/load/precise-coverage.ts';

/**
 * Runs of each block of Sluice's code on this thread, by V8's precise coverage: the same in each run. Any loop over
 * things that a change does not concern shows in it.
 * Create it before `src` is imported: V8 counts only functions that are compiled later. V8's own functions (a copy,
 * JSON, a hash) have no blocks.
 */
export class Steps {
  readonly #coverage = new PreciseCoverage();

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
  // The tests' clients call it, too.
  'lib/assert.ts',
  // They search in halves and change one page; see `pages.test.ts`. Loops over them count where they are.
  'publish/pages.ts',
  'publish/virtual-host.ts',
  'store/index-members.ts',
  'xds/name-set.ts',
  // Copies of bytes, as V8's own.
  'lib/own-bytes.ts',
]);
