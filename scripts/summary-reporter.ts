/**
 * The last line of a test run: `N passed, N failed`, for programs that read it. In CI a skipped test fails the run: a machine
 * that cannot run a test has not passed it.
 *
 * @module
 */
import type { Reporter, TestModule } from 'vitest/node'

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state] += 1
        if (state === 'skipped') process.stderr.write(`skipped: ${module.moduleId}: ${test.fullName}\n`)
      }
      // A file that could not be loaded has no tests and an error.
      if (tests.length === 0 && module.state() === 'failed') count.failed += 1
    }
    if (process.env['CI'] !== undefined && count.skipped > 0) {
      count.failed += count.skipped
      process.exitCode = 1
    }
    // After vitest's own summary, which is printed when this hook has returned.
    process.on('exit', () => process.stdout.write(`\n${count.passed} passed, ${count.failed} failed\n`))
  }
}
