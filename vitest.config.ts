import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './scripts/summary-reporter.ts'

/**
 * `unit` runs beside the sources and touches nothing outside its process but temporary files and loopback sockets.
 * `system` starts real node processes, engines and network namespaces: one file at a time, since two cores are all there is.
 */
export default defineConfig({
  test: {
    setupFiles: ['net/node20.ts'],
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{crdt,net,node,cli,scripts,bench}/**/*.test.ts',
            'chaos-tests/{sim,tools,checkers,nemeses,workloads}/*.test.ts',
            'chaos-tests/*.test.ts',
          ],
          // No check: a machine may be ten times as slow as another, and what hangs is seen all the same.
          testTimeout: 300_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          globalSetup: ['chaos-tests/build-once.ts'],
          include: ['chaos-tests/{real,scenarios}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
