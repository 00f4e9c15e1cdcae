import { defineConfig } from 'vitest/config';

/** The tests of `npm test`. Slow ones (`*.slow.test.ts`) run by `npm run test:slow`. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    // Native libraries (TensorFlow, Temporal's core) do not survive worker threads being ended.
    pool: 'forks',
    // TensorFlow uses all cores by itself; more processes only add memory.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/ci-reporter.ts'],
  },
});
