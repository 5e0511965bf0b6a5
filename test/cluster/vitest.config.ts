import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Installs Sluice before the CRDs. The last ones fill the cluster, and check the requests of all tests. */
const first = ['install.test.ts'];
const last = ['scale.test.ts', 'rights.test.ts'];

class InOrder extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1)));
  }
}

/** Runs on the network of a cluster bed; see `run.ts`. */
export default defineConfig({
  test: {
    name: 'cluster',
    // The chart's tests need the bed's helm, and those of registries need Debian's registry.
    include: [
      'test/cluster/*.test.ts',
      'test/cluster/stories/*.test.ts',
      'test/chart*.test.ts',
      'test/registry/*.test.ts',
    ],
    // Several times as long as any takes on a slow machine: they end what hangs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // There is one cluster.
    fileParallelism: false,
    sequence: { sequencer: InOrder },
    reporters: ['verbose'],
  },
});

function rank({ moduleId }: TestSpecification): number {
  const name = basename(moduleId);
  return first.indexOf(name) >= 0 ? -1 : last.indexOf(name) + 1;
}
