import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Long: they end what hangs, and say nothing of how fast anything is on a machine that has other things to do. */
export const patience = {
  testTimeout: 60_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
  // A message has all counts of a load, as a log of CI is all that there is of a failure.
  chaiConfig: { truncateThreshold: 1000 },
  setupFiles: [fileURLToPath(import.meta.resolve('./test/rig/seed.ts'))],
};

/** `npm run test:long` runs the long ones. */
const exclude = [...configDefaults.exclude, '**/*.long.test.ts'];

/** Spies end with their test, since the next file may have the same modules. */
const shared = { isolate: false, restoreMocks: true };

/** Replaces modules, so it shares none with another file. */
const replacing = 'test/features/made-up-kind.test.ts';

/**
 * `src` beside the code; `features` from manifests to delta responses; `envoy` against a real Envoy; `unit`: all else.
 * Without `isolate`, files of a worker share the modules that they import, as loading them anew for each file takes
 * two fifths of the time. So a test leaves no state in a module. Those of `unit` count what code runs, and start
 * with fresh modules.
 */
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
            replacing,
            'test/*.test.ts',
            'test/docs/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
            'test/scale/**/*.test.ts',
            'test/walk/walk.test.ts',
            'test/command/**/*.test.ts',
            'test/kube/**/*.test.ts',
            'test/metrics/**/*.test.ts',
          ],
        },
      },
      { test: { ...patience, ...shared, exclude, name: 'src', include: ['src/**/*.test.ts'] } },
      {
        test: {
          ...patience,
          ...shared,
          exclude: [...exclude, replacing],
          name: 'features',
          include: ['test/{features,cases}/**/*.test.ts'],
        },
      },
      {
        test: {
          ...patience,
          ...shared,
          exclude,
          name: 'envoy',
          include: ['test/envoy/**/*.test.ts', 'test/soak/**/*.test.ts', 'test/walk/replay.test.ts'],
        },
      },
    ],
  },
});
