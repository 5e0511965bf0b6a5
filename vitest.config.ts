import { defineConfig } from 'vitest/config';

/** `unit` beside the code and in `test/`; `features` from manifests to delta responses; `envoy` against a real Envoy. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/*.test.ts',
            'test/walk/walk.test.ts',
            'test/command/**/*.test.ts',
            'test/kube/**/*.test.ts',
          ],
        },
      },
      { test: { name: 'features', include: ['test/features/**/*.test.ts'] } },
      {
        test: {
          name: 'envoy',
          include: ['test/envoy/**/*.test.ts', 'test/walk/replay.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          // Each file has its own Envoy; two cores carry one at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
