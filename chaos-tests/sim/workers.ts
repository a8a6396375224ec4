/**
 * Runs of plans in processes of their own, so that a sweep takes all cores. A run is the same in any process (SIM10).
 *
 * A process is this very program, told by its first word that it is a worker: it gets plans and gives back what came of them.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { Plan } from '../plan.ts'
import type { Outing } from '../tools/summary.ts'

/** First word of a worker's command line. */
export const WORKER = 'worker'

interface Worker {
  readonly process: ChildProcess
  /** Whoever waits for what it does now. */
  waiting: { resolve(outing: Outing): void; reject(error: Error): void } | undefined
}

/** In what they run, in place of what this process runs in. */
export interface WorkersOptions {
  readonly execPath?: string
  readonly execArgv?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export class Workers {
  readonly #options: WorkersOptions
  readonly #idle: Worker[] = []
  readonly #all: Worker[] = []

  constructor(options: WorkersOptions = {}) {
    this.#options = options
  }

  /** The run of a plan, by a worker that has nothing to do or a new one. Rejects where the process ends amid it. */
  tryOut(plan: Plan): Promise<Outing> {
    const worker = this.#idle.pop() ?? this.#start()
    return new Promise((resolve, reject) => {
      worker.waiting = { resolve, reject }
      worker.process.send(plan)
    })
  }

  #start(): Worker {
    const { execArgv = process.execArgv, ...options } = this.#options
    const child = fork(process.argv[1]!, [WORKER], { ...options, execArgv: [...execArgv] })
    const worker: Worker = { process: child, waiting: undefined }
    worker.process.on('message', (outing) => {
      const { waiting } = worker
      worker.waiting = undefined
      this.#idle.push(worker)
      waiting?.resolve(outing as Outing)
    })
    worker.process.once('exit', (code, signal) =>
      worker.waiting?.reject(new Error(`a worker of the sweep ended amid a run: ${signal ?? `code ${code}`}`)),
    )
    this.#all.push(worker)
    return worker
  }

  /** They end once nobody is connected to them. */
  stop(): void {
    for (const { process } of this.#all) if (process.connected) process.disconnect()
  }
}

/** The life of a worker: it ends when its parent does. */
export async function serve(tryOut: (plan: Plan) => Promise<Outing>): Promise<void> {
  // The terminal tells all processes to stop: the parent decides what becomes of the runs under way.
  process.on('SIGINT', () => {})
  process.on('message', (plan) => {
    void tryOut(plan as Plan).then((outing) => process.send!({ ...outing, marks: [...(outing.marks ?? [])] }))
  })
  process.once('disconnect', () => process.exit())
  await new Promise(() => {})
}
