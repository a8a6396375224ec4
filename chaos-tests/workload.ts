/**
 * What users do with a cluster, as data. A workload draws its operations before the run begins and says how each is carried
 * out: most are one request of the API. What was answered goes to the history.
 *
 * @module
 */
import type { Asking, Cluster } from './cluster.ts'
import type { Downs } from './fault.ts'
import type { History, Operation, Outcome } from './history.ts'
import type { Stream } from './sim/random.ts'

export interface Request {
  readonly method: string
  readonly path: string
  readonly asking?: Asking
}

export interface Drawn<What> {
  readonly atMs: number
  readonly what: What
  /** Machines to ask, one after the other while nobody listens. Default: up to three, drawn by the run. */
  readonly via?: readonly string[]
}

/** What there is to carry out an operation with. */
export interface Doing<What> {
  readonly cluster: Cluster
  readonly history: History
  /** Machines that are down on purpose. */
  readonly downs: Downs
  readonly operation: Operation
  readonly what: What
}

export interface Workload<What> {
  readonly name: string
  /** Of runs: in how many it takes part. Default: the plan's. */
  readonly share?: number
  /** In the order of their times; ids are given by the run. */
  draw(drawing: {
    readonly chance: Stream
    readonly machines: readonly string[]
    readonly lastsMs: number
  }): readonly Drawn<What>[]
  /** Everything that was tried is in the history when it resolves. */
  carryOut(doing: Doing<What>): Promise<void>
}

export type AnyWorkload = Workload<unknown>

export function workload<What>(one: Workload<What>): AnyWorkload {
  return one
}

/** Operations that are one request each, sent once. */
export function requests<What>(requestOf: (what: What) => Request): Workload<What>['carryOut'] {
  return async (doing) => void (await sent(doing, requestOf(doing.what)))
}

/** Sends it and keeps what was answered. */
export async function sent(
  { cluster, history, operation }: Pick<Doing<unknown>, 'cluster' | 'history' | 'operation'>,
  request: Request,
  via: readonly string[] = operation.via,
): Promise<Outcome> {
  const startMs = cluster.nowMs()
  const outcome = await send(cluster, via, request)
  history.done.push({ operation, startMs, endMs: cluster.nowMs(), outcome })
  return outcome
}

/** As a client does that knows several nodes: the next one where nobody listens, no second try where it is not known. */
async function send(cluster: Cluster, via: readonly string[], request: Request): Promise<Outcome> {
  for (const machine of via) {
    try {
      const answer = await cluster.request(machine, request.method, request.path, request.asking)
      return { is: answer.status < 300 ? 'acked' : 'refused', answer, machine }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return { is: 'unknown', machine }
    }
  }
  return { is: 'unreached' }
}
