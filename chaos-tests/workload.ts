/**
 * What users do with a cluster, as data. A workload draws its operations before the run begins and says which request each is;
 * the run sends them and keeps what was answered.
 *
 * @module
 */
import type { Asking, Cluster } from './cluster.ts'
import type { Operation, Outcome } from './history.ts'
import type { Stream } from './sim/random.ts'

export interface Request {
  readonly method: string
  readonly path: string
  readonly asking?: Asking
}

export interface Workload<What> {
  readonly name: string
  /** In the order of their times; ids are given by the run. */
  draw(drawing: {
    readonly chance: Stream
    readonly machines: readonly string[]
    readonly lastsMs: number
  }): readonly { readonly atMs: number; readonly what: What }[]
  requestOf(what: What): Request
}

export type AnyWorkload = Workload<unknown>

export function workload<What>(one: Workload<What>): AnyWorkload {
  return one
}

/** As a client does that knows several nodes: the next one where nobody listens, no second try where it is not known. */
export async function send(cluster: Cluster, { via }: Operation, request: Request): Promise<Outcome> {
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
