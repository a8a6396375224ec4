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
import { stretched } from '../real/patience.ts'

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

/** A request that takes longer has failed its user. */
const ANSWER_MS_MAX = 3_000
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
  const timer = setInterval(() => {
    const one = askOnce(targets[sent++ % targets.length] as string).then(
      (outcome) => void process.stdout.write(`${JSON.stringify(outcome)}\n`),
    )
    pending.add(one)
    void one.finally(() => pending.delete(one))
  }, 1_000 / perSecond)
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.once('close', resolve))
  clearInterval(timer)
  await Promise.all(pending)
}

function askOnce(target: string): Promise<Outcome> {
  const atMs = Date.now()
  return new Promise((resolve) => {
    const done = (end: { text: string } | { failure: string }): void =>
      resolve({ atMs, target, tookMs: Date.now() - atMs, ...end })
    const outgoing = request({ ...placeOf(target), agent: false, timeout: ANSWER_MS_MAX }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => (text += part))
      incoming.on('end', () =>
        done(incoming.statusCode === 200 ? { text } : { failure: `status ${incoming.statusCode}` }),
      )
      incoming.on('error', (error) => done({ failure: error.message }))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)))
    outgoing.on('error', (error) => done({ failure: error.message }))
    outgoing.end()
  })
}

function placeOf(target: string): RequestOptions {
  if (target.startsWith('/')) return { socketPath: target, path: '/shoal/v1/info' }
  const [host = '', port] = target.split(':')
  return { host, port: Number(port) }
}

if (process.argv[1] === import.meta.filename) await beClient(Number(process.argv[2]), process.argv.slice(3))
