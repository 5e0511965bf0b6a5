import { defineConfig } from 'vitest/config';

/** Installs packages, so it is not part of `npm test`. */
export default defineConfig({
  test: {
    name: 'image',
    include: ['test/image/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['verbose'],
  },
});
