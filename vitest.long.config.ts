import { defineConfig } from 'vitest/config';
import { patience } from './vitest.config.ts';

/** As often as the random tests try; in `npm test` they try a part of it. A variable of the caller's own wins. */
const tries = {
  ACCESS_POLICIES: '2000',
  ENVOY_POLICIES: '500',
  INCREMENTAL_RUNS: '4000',
  POLICY_EDITS: '1000',
  REPLAY_STEPS: '600',
  ROTATIONS: '20',
  STATUS_RUNS: '500',
  UNIT_RUNS: '200',
  WALK_STEPS: '50000',
};

/** `npm run test:long`: all that takes minutes, one file after another. Each question has a short form in `npm test`. */
export default defineConfig({
  test: {
    ...patience,
    include: [
      'test/**/*.long.test.ts',
      'test/incremental.test.ts',
      'test/envoy/policy-edits.test.ts',
      'test/envoy/rotation.test.ts',
      'test/envoy/security-policy-model.test.ts',
      'test/features/security-policy-model.test.ts',
      'test/features/status-never-stuck.test.ts',
      'test/walk/*.test.ts',
      'src/units/unit-table.test.ts',
    ],
    env: { ...tries, ...process.env },
    fileParallelism: false,
  },
});
