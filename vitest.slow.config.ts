import { defineConfig, mergeConfig } from 'vitest/config';

import base from './vitest.config.ts';

/** Whole runs with real weights or killed processes: minutes each, one after the other. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['test/**/*.slow.test.ts'],
      maxWorkers: 1,
      testTimeout: 30 * 60_000,
      hookTimeout: 10 * 60_000,
    },
  }),
);
