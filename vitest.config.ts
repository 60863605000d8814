// How the tests run: one project, coverage with the promised thresholds on every run.

import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['tests/setup/global-setup.ts'],
    // Files of a worker share its modules: loading them anew for each takes as long as half of the tests.
    isolate: false,
    // Half of the time a test waits for a database or for another process.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
    // A busy machine is slow, not broken.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-kit.ts', '**/*.generated.ts'],
      reporter: [['text', { skipFull: true }]],
      thresholds: {
        statements: 90,
        branches: 90,
        functions: 90,
        lines: 90,
        'src/kernel/**': { 100: true },
      },
    },
  },
})
