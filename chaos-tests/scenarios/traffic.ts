/**
 * Steady requests to services, each on a connection of its own, counted by a process of its own: a client that shares no
 * event loop with the test, and that can stand on a machine of a lab.
 *
 * The file is both ends: imported it starts the client, run as a program it is the client, which prints a line of JSON for
 * every request that ended.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { request, type RequestOptions } from 'node:http'
import { createInterface } from 'node:readline'
import type { LabMachine } from '../real/lab.ts'
import { waitFor } from '../real/process-cluster.ts'
import { patience, stretched } from '../real/patience.ts'

export interface Outcome {
  /** When it was begun, wall clock: both ends are on one machine. */
  readonly atMs: number
  readonly target: string
  readonly tookMs: number
  /** The body of an answer with status 200. */
  readonly text?: string
  readonly failure?: string
}

export interface TrafficOptions {
  /** `host:port` of services and paths of API sockets, asked in turn. */
  readonly targets: readonly string[]
  readonly perSecond: number
  /** The machine of the lab where the client stands. */
  readonly from?: LabMachine
}

/** A request that takes longer has failed its user, where the machine was not itself held up meanwhile. */
const ANSWER_MS_MAX = 3_000
/** How often the client sees how slow the machine is. */
const PATIENCE_MS = 1_000
/** Requests begun by one tick of the clock. */
const AT_ONCE_MAX = 20
/** Outcomes kept: ten minutes at a hundred a second. */
const OUTCOMES_MAX = 60_000

export class Traffic {
  readonly outcomes: Outcome[] = []
  readonly #client: ChildProcess
  readonly #ended: Promise<void>

  constructor({ targets, perSecond, from }: TrafficOptions) {
    const words = [process.execPath, '--import', 'tsx', import.meta.filename, String(perSecond), ...targets]
    const [program, ...args] = from === undefined ? words : ['nsenter', `--net=/run/netns/${from.namespace}`, ...words]
    this.#client = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: this.#client.stdout! })
    lines.on('line', (line) => {
      if (this.outcomes.length < OUTCOMES_MAX) this.outcomes.push(JSON.parse(line) as Outcome)
    })
    this.#ended = new Promise((resolve) => lines.once('close', resolve))
  }

  get failures(): Outcome[] {
    return this.outcomes.filter(({ failure }) => failure !== undefined)
  }

  /** Until `count` requests begun after `sinceMs` were answered at each of these targets. */
  async flows(targets: readonly string[], count = 3, sinceMs = 0): Promise<void> {
    await waitFor(`requests to be answered at ${targets.join(', ')}`, stretched(15_000), () =>
      targets.every(
        (target) =>
          this.outcomes.filter((one) => one.target === target && one.text !== undefined && one.atMs >= sinceMs)
            .length >= count,
      ),
    )
  }

  /** Lets requests that are under way end. */
  async stop(): Promise<readonly Outcome[]> {
    this.#client.stdin?.end()
    await this.#ended
    return this.outcomes
  }
}

/** The other end: asks until its input ends. */
async function beClient(perSecond: number, targets: readonly string[]): Promise<void> {
  const pending = new Set<Promise<void>>()
  let sent = 0
  const send = (): void => {
    const one = askOnce(targets[sent++ % targets.length] as string).then(
      (outcome) => void process.stdout.write(`${JSON.stringify(outcome)}\n`),
    )
    pending.add(one)
    void one.finally(() => pending.delete(one))
  }
  const startMs = performance.now()
  // A timer that came late makes up for what it missed, so that a busy machine has the same rate.
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) / 1_000) * perSecond
    for (let at = 0; at < AT_ONCE_MAX && sent < due; at += 1) send()
  }, 1_000 / perSecond)
  const looks = setInterval(patience, PATIENCE_MS)
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.once('close', resolve))
  clearInterval(timer)
  clearInterval(looks)
  await Promise.all(pending)
}

function askOnce(target: string): Promise<Outcome> {
  const atMs = Date.now()
  return new Promise((resolve) => {
    const done = (end: { text: string } | { failure: string }): void =>
      resolve({ atMs, target, tookMs: Date.now() - atMs, ...end })
    const outgoing = request({ ...placeOf(target), agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => (text += part))
      incoming.on('end', () =>
        done(incoming.statusCode === 200 ? { text } : { failure: `status ${incoming.statusCode}` }),
      )
      incoming.on('error', (error) => done({ failure: error.message }))
    })
    outgoing.on('error', (error) => done({ failure: error.message }))
    outgoing.end()
    const startMs = performance.now()
    const giveUp = (): void => {
      const leftMs = startMs + stretched(ANSWER_MS_MAX) - performance.now()
      if (leftMs > 0) timer = setTimeout(giveUp, leftMs)
      else outgoing.destroy(new Error(`no answer within ${Math.round(performance.now() - startMs)} ms`))
    }
    let timer = setTimeout(giveUp, ANSWER_MS_MAX)
    outgoing.on('close', () => clearTimeout(timer))
  })
}

function placeOf(target: string): RequestOptions {
  if (target.startsWith('/')) return { socketPath: target, path: '/shoal/v1/info' }
  const [host = '', port] = target.split(':')
  return { host, port: Number(port) }
}

if (process.argv[1] === import.meta.filename) await beClient(Number(process.argv[2]), process.argv.slice(3))
