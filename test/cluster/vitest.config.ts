import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The first installs Sluice before the CRDs; the last looks back at what all others made Sluice ask for. */
const first = 'install.test.ts';
const last = 'rights.test.ts';

class InOrder extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)));
  }
}

/** Runs on the network of a cluster bed; see `run.ts`. */
export default defineConfig({
  test: {
    name: 'cluster',
    // The chart's own test needs the bed's helm.
    include: ['test/cluster/*.test.ts', 'test/chart.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // There is one cluster.
    fileParallelism: false,
    sequence: { sequencer: InOrder },
    reporters: ['verbose'],
  },
});

function rank({ moduleId }: TestSpecification): string {
  const name = basename(moduleId);
  return `${name === first ? 0 : name === last ? 2 : 1}${name}`;
}
