import { defineConfig } from 'vitest/config';

/** Long: they end what hangs, and say nothing of how fast anything is on a machine that has other things to do. */
const patience = { testTimeout: 60_000, hookTimeout: 180_000, expect: { poll: { timeout: 30_000 } } };

/** `unit` beside the code and in `test/`; `features` from manifests to delta responses; `envoy` against a real Envoy. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...patience,
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/*.test.ts',
            'test/docs/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
            'test/scale/**/*.test.ts',
            'test/walk/walk.test.ts',
            'test/command/**/*.test.ts',
            'test/kube/**/*.test.ts',
          ],
        },
      },
      { test: { ...patience, name: 'features', include: ['test/{features,cases}/**/*.test.ts'] } },
      {
        test: {
          ...patience,
          name: 'envoy',
          include: ['test/envoy/**/*.test.ts', 'test/soak/**/*.test.ts', 'test/walk/replay.test.ts'],
          // Each file has its own Envoy; two cores carry one at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
