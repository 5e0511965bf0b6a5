import { defineConfig } from 'vitest/config';

/** Needs Debian's `docker-registry`, so it is not part of `npm test`. */
export default defineConfig({
  test: {
    name: 'registry',
    include: ['test/registry/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['verbose'],
  },
});
