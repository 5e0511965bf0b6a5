import { configDefaults, defineConfig } from 'vitest/config';

/** Long: they end what hangs, and say nothing of how fast anything is on a machine that has other things to do. */
export const patience = { testTimeout: 60_000, hookTimeout: 180_000, expect: { poll: { timeout: 30_000 } } };

/** `npm run test:long` runs the long ones. */
const exclude = [...configDefaults.exclude, '**/*.long.test.ts'];

/** `unit` beside the code and in `test/`; `features` from manifests to delta responses; `envoy` against a real Envoy. */
export default defineConfig({
  test: {
    // One less than there are cores unless it is said, which on two cores leaves one idle.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          ...patience,
          exclude,
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
      { test: { ...patience, exclude, name: 'features', include: ['test/{features,cases}/**/*.test.ts'] } },
      {
        test: {
          ...patience,
          exclude,
          name: 'envoy',
          include: ['test/envoy/**/*.test.ts', 'test/soak/**/*.test.ts', 'test/walk/replay.test.ts'],
          // Each file has its own Envoy; two cores carry one at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
