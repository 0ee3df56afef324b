import { defineConfig } from 'vitest/config'
import { fastTests } from './scripts/fast-tests.ts'

const fast = fastTests(import.meta.dirname)

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests start databases, servers and child processes. On two cores a third one uses the time in which two wait.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        // Seconds of feedback: `npm test -- --project fast`.
        test: { name: 'fast', include: fast, testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/{contract,sdk,server,web,cli,python}/**/*.test.{ts,tsx}',
            'examples/**/*.test.ts',
            'docs/**/*.test.ts',
            '*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', ...fast],
          globalSetup: ['packages/server/src/testing/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'journeys',
          include: ['e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          // A browser on a busy machine takes longer than the second that polling waits for by itself.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
