/**
 * Before the system tests: makes `dist/` if it is older than the sources, since the nodes under test run from it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const REPOSITORY = join(import.meta.dirname, '..')
const SOURCES = ['crdt', 'net', 'node', 'cli', 'scripts/build.ts', 'scripts/bundle.ts', 'package-lock.json']
const BUILT = ['dist/shoal.js', 'dist/node.js', 'dist/kube.js']

/** Vitest calls it once, before the first file of the project. */
export function setup(): void {
  const builtMs = Math.min(...BUILT.map(changedMs))
  if (SOURCES.some((source) => newestMs(source) >= builtMs)) {
    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: REPOSITORY, stdio: 'inherit' })
  }
}

/** 0: not there. */
function changedMs(path: string): number {
  return statSync(join(REPOSITORY, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function newestMs(source: string): number {
  if (statSync(join(REPOSITORY, source)).isFile()) return changedMs(source)
  const files = readdirSync(join(REPOSITORY, source), { recursive: true, encoding: 'utf8' })
  return Math.max(
    ...files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => changedMs(join(source, file))),
  )
}
