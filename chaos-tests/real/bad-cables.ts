/**
 * The process that has cables of a lab be bad (`bad-cable.py`), from the first bad one on until the lab is stopped: told of each
 * change, it says when it is so.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What happens to frames; the last three are shares of them. */
export interface Badness {
  readonly delayMs: number
  /** On top, in the mean: most are less late, some much more. They stay in order. */
  readonly jitterMs: number
  /** Overtaken by those behind them. */
  readonly late: number
  readonly twice: number
  /** A bit of what they carry is another. */
  readonly flipped: number
}

/** From one machine to another, by the addresses that frames have. */
export interface BadWay extends Badness {
  readonly from: string
  readonly to: string
}

export interface BadCable {
  /** Its end at the switch. */
  readonly port: string
  readonly ways: readonly BadWay[]
}

const PROGRAM = join(import.meta.dirname, 'bad-cable.py')

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class BadCables {
  readonly #switch: string
  #process: ChildProcess | undefined
  #waiting: Waiting[] = []
  #failure: Error | undefined

  /** By the switch's namespace. */
  constructor(switchNamespace: string) {
    this.#switch = switchNamespace
  }

  /** All that are bad from now on. */
  async change(cables: readonly BadCable[]): Promise<void> {
    if (this.#process === undefined && cables.length === 0) return
    this.#process ??= this.#start()
    if (this.#failure !== undefined) throw this.#failure
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#process.stdin?.write(`${JSON.stringify(cables)}\n`)
    await done
  }

  /** The cables go with the namespaces that they lie in. */
  stop(): void {
    this.#failure = new Error('the lab was stopped')
    this.#process?.kill('SIGKILL')
  }

  #start(): ChildProcess {
    const words = [`--net=/run/netns/${this.#switch}`, 'python3', PROGRAM]
    const child = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', () => this.#waiting.shift()?.resolve())
    child.once('exit', (code) => {
      this.#failure ??= new Error(`bad cables need python3 (apt-get install python3): theirs ended with ${code}`)
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
    })
    return child
  }
}
