// How the tests run: one project, coverage with the promised thresholds on every run.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['tests/setup/global-setup.ts'],
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
