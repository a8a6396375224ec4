/**
 * The simulator with a bug in it: one bundle, in a directory of its own, run by plain Node in a process of its own.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { applyEdits, type Edit } from './mutation.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
/** What a seed may take that lasts 2 s: past this it hangs. */
const SEED_MS_MAX = 180_000

export interface Hunt {
  readonly firstSeed: number
  readonly seeds: number
  readonly safetyMs: number
  /** Mean time between two faults. */
  readonly pauseMs: number
  readonly machines?: number
}

/** `rule`: a checker's, or what else ended the run. */
export type Catch = { readonly seed: number; readonly rule: string; readonly says: string }

export class Mutant {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** No edits: the simulator as it is. */
  static async make(edits: readonly Edit[]): Promise<Mutant> {
    const directory = mkdtempSync(join(tmpdir(), 'shoal-mutant-'))
    try {
      // Packages are not bundled: they are found as from the repository.
      symlinkSync(join(REPOSITORY, 'node_modules'), join(directory, 'node_modules'))
      const mutated = new Set<string>()
      await build({
        absWorkingDir: REPOSITORY,
        entryPoints: ['chaos-tests/mutations/seeds.ts'],
        outfile: join(directory, 'seeds.mjs'),
        bundle: true,
        packages: 'external',
        platform: 'node',
        format: 'esm',
        target: 'node20',
        keepNames: true,
        logLevel: 'error',
        plugins: [editing(edits, mutated)],
      })
      const unused = edits.find(({ file }) => !mutated.has(file))
      if (unused !== undefined) throw new Error(`the simulator does not run ${unused.file}, which a mutation edits`)
      return new Mutant(directory)
    } catch (error) {
      rmSync(directory, { recursive: true, force: true })
      throw error
    }
  }

  /** The first seed that fails; undefined: none. */
  async hunt(hunt: Hunt): Promise<Catch | undefined> {
    for (let seed = hunt.firstSeed; seed < hunt.firstSeed + hunt.seeds;) {
      const { last, caught } = await this.#run({ ...hunt, firstSeed: seed, seeds: hunt.firstSeed + hunt.seeds - seed })
      if (caught !== undefined) return caught
      seed = last + 1
    }
    return undefined
  }

  /** In one process, until a seed fails or all are through. */
  #run(hunt: Hunt): Promise<{ readonly last: number; readonly caught: Catch | undefined }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(this.#directory, 'seeds.mjs'), JSON.stringify(hunt)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let seed = hunt.firstSeed
      let caught: Catch | undefined
      let [lines, errors] = ['', '']
      const hangs = (): void => {
        caught = { seed, rule: 'hangs', says: `seed ${seed} took more than ${SEED_MS_MAX} ms` }
        child.kill('SIGKILL')
      }
      let patience = setTimeout(hangs, SEED_MS_MAX)
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2_000)))
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const [rest, ...whole] = (lines + text).split('\n').toReversed()
        lines = rest ?? ''
        for (const line of whole.toReversed()) {
          const done = JSON.parse(line) as { readonly seed: number; readonly caught?: Omit<Catch, 'seed'> }
          if (done.caught !== undefined) caught = { seed: done.seed, ...done.caught }
          seed = done.seed + 1
          clearTimeout(patience)
          patience = setTimeout(hangs, SEED_MS_MAX)
        }
      })
      child.once('error', reject)
      child.once('close', (code) => {
        clearTimeout(patience)
        if (code !== 0) caught ??= { seed, rule: 'crashes', says: errors.trim() }
        resolve({ last: seed - 1, caught })
      })
    })
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

function editing(edits: readonly Edit[], mutated: Set<string>): Plugin {
  const files = new Set(edits.map(({ file }) => file))
  return {
    name: 'mutation',
    setup(context) {
      context.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(REPOSITORY, path)
        if (!files.has(file)) return undefined
        mutated.add(file)
        return { contents: applyEdits(file, await readFile(path, 'utf8'), edits), loader: 'ts' }
      })
    },
  }
}
