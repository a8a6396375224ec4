/**
 * Shoal as it was: the build of a commit, made out of the repository's history, for tests of upgrades. `last-release` beside this
 * file names the commit that people come from; while there is no release it is one of some days ago.
 *
 * Builds are kept by commit, in the user's cache or the system's directory for temporary files, and made aside, so that two that
 * want the same do not meet half of it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

const REPOSITORY = join(import.meta.dirname, '..', '..')
const LAST_RELEASE = join(import.meta.dirname, 'last-release')
const BUILD_MS_MAX = 300_000

export function lastRelease(): string {
  return readFileSync(LAST_RELEASE, 'utf8').trim()
}

/**
 * Its directory, which has `dist/`.
 *
 * @param repository - with a history that has the commit
 */
export function buildOf(commit: string, repository = REPOSITORY): string {
  const builds = cacheDirectory()
  const kept = join(builds, commit)
  if (existsSync(join(kept, 'dist', 'shoal.js'))) return kept
  assertHas(commit, repository)
  const aside = mkdtempSync(join(builds, '.making-'))
  try {
    const archive = join(aside, 'archive.tar')
    git(repository, 'archive', `--output=${archive}`, commit)
    execFileSync('tar', ['-xf', archive, '-C', aside])
    rmSync(archive)
    symlinkSync(realpathSync(join(repository, 'node_modules')), join(aside, 'node_modules'))
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: aside, timeout: BUILD_MS_MAX, stdio: 'pipe' })
    keep(aside, kept)
    return kept
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

/** Unless somebody else was quicker. */
function keep(aside: string, kept: string): void {
  try {
    renameSync(aside, kept)
  } catch (error) {
    if (!existsSync(join(kept, 'dist', 'shoal.js'))) throw error
  }
}

function assertHas(commit: string, repository: string): void {
  try {
    git(repository, 'cat-file', '-e', `${commit}^{commit}`)
  } catch (error) {
    throw new Error(
      `this checkout has no commit ${commit}, from which upgrades are tested (chaos-tests/real/last-release): get it by "git fetch origin ${commit}", or all of the history by "git fetch --unshallow"`,
      { cause: error },
    )
  }
}

function git(repository: string, ...words: string[]): void {
  execFileSync('git', ['-C', repository, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
}

function cacheDirectory(): string {
  const own = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'shoal', 'builds')
  try {
    mkdirSync(own, { recursive: true })
    accessSync(own, constants.W_OK)
    return own
  } catch {
    const shared = join(tmpdir(), `shoal-builds-${process.getuid?.() ?? 0}`)
    mkdirSync(shared, { recursive: true, mode: 0o700 })
    return shared
  }
}
