/**
 * The simulator with a bug in it: one bundle, in a directory of its own, run by plain Node in a process of its own.
 *
 * @module
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { build, type Plugin } from 'esbuild'
import type { Plan } from '../plan.ts'
import type { Failure } from '../tools/shrink.ts'
import { applyEdits, type Edit } from './mutation.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
/** A run takes seconds, on a machine that has nothing else to do. */
const RUN_MS_MAX = 300_000
const ERRORS_MAX = 2_000

export class Mutant {
  readonly #directory: string
  #process: MutantProcess | undefined

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
        entryPoints: ['chaos-tests/mutations/trial.ts'],
        outfile: join(directory, 'trial.mjs'),
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

  /** How this run of it fails; undefined: it does not. One run at a time. */
  async tryOut(plan: Plan): Promise<Failure | undefined> {
    this.#process ??= new MutantProcess(join(this.#directory, 'trial.mjs'))
    const ended = await this.#process.run(plan)
    if (ended.is === 'run') return ended.failure
    this.#process = undefined
    // It runs the plan no more than that: to shrink it, all of it counts.
    const { is, what } = ended
    return { breach: { rule: 'thrown', mark: `thrown: ${is}`, what: `${is}: ${what}` }, atMs: plan.safetyMs }
  }

  remove(): void {
    this.#process?.end()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

type Ended =
  | { readonly is: 'run'; readonly failure?: Failure }
  /** And the process with it. */
  | { readonly is: 'hangs' | 'crashes'; readonly what: string }

class MutantProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #errors = ''
  #answer: (ended: Ended) => void = () => {}

  constructor(file: string) {
    this.#child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#errors = (this.#errors + text).slice(-ERRORS_MAX)))
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { failure } = JSON.parse(line) as { readonly failure?: Failure }
      this.#answer({ is: 'run', ...(failure === undefined ? {} : { failure }) })
    })
    this.#child.once('close', () => this.#answer({ is: 'crashes', what: this.#errors.trim() }))
    // Where it ends before it has read all: `close` tells.
    this.#child.stdin.on('error', () => {})
  }

  run(plan: Plan): Promise<Ended> {
    return new Promise((resolve) => {
      const patience = setTimeout(() => {
        this.#answer({ is: 'hangs', what: `a run took more than ${RUN_MS_MAX} ms` })
        this.#child.kill('SIGKILL')
      }, RUN_MS_MAX)
      this.#answer = (ended) => {
        clearTimeout(patience)
        this.#answer = () => {}
        resolve(ended)
      }
      this.#child.stdin.write(`${JSON.stringify(plan)}\n`)
    })
  }

  end(): void {
    this.#child.stdin.end()
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
