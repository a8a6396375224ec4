/**
 * A client of services that stands on a machine of a lab: one process that lives as long as the machine, since a program started
 * for each request costs some four times as much. Each request has a connection of its own.
 *
 * The file is both ends: imported it starts the client, run as a program it is the client, which is told of a request by a line
 * of JSON and answers it by another. It ends when its input does.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { LabMachine } from './lab.ts'
import { fetchText } from './observe.ts'
import { killQuietly } from './remains.ts'

/** Of a port of the machine. */
export interface Asked {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
}

interface Line extends Asked {
  readonly id: number
}

/** One of the two. */
interface Reply {
  readonly id: number
  readonly body?: string
  readonly failure?: string
}

export class Visitor {
  readonly #client: ChildProcess
  readonly #waiting = new Map<number, (reply: Omit<Reply, 'id'>) => void>()
  #asked = 0

  constructor({ namespace }: LabMachine) {
    // nsenter replaces itself by the program, so its pid is the client's.
    const words = [`--net=/run/netns/${namespace}`, process.execPath, '--import', 'tsx', import.meta.filename]
    this.#client = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#client.stdin!.on('error', () => {})
    const lines = createInterface({ input: this.#client.stdout! })
    lines.on('line', (line) => {
      const { id, ...reply } = JSON.parse(line) as Reply
      this.#waiting.get(id)?.(reply)
      this.#waiting.delete(id)
    })
    lines.once('close', () => {
      for (const resolve of this.#waiting.values()) resolve({ failure: 'the client ended' })
      this.#waiting.clear()
    })
  }

  get pid(): number {
    return this.#client.pid ?? 0
  }

  /** Resolves with the body of an answer with status 200; rejects in any other case. */
  async visit(asked: Asked): Promise<string> {
    const line: Line = { ...asked, id: (this.#asked += 1) }
    const reply = new Promise<Omit<Reply, 'id'>>((resolve) => this.#waiting.set(line.id, resolve))
    this.#client.stdin!.write(`${JSON.stringify(line)}\n`)
    const { body, failure } = await reply
    if (body === undefined) throw new Error(failure ?? 'no answer')
    return body
  }

  /** Whoever waits is told that it ended. */
  stop(): void {
    killQuietly(this.pid)
  }
}

/** The other end: asks what it is told to, all at once where that is wanted. */
async function beClient(): Promise<void> {
  const say = (reply: Reply): void => void process.stdout.write(`${JSON.stringify(reply)}\n`)
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ...asked } = JSON.parse(line) as Line
    fetchText(asked).then(
      (body) => say({ id, body }),
      (error: unknown) => say({ id, failure: String(error) }),
    )
  }
  process.exit(0)
}

if (process.argv[1] === import.meta.filename) await beClient()
