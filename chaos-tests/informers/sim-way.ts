/**
 * The same door in the simulator: it leads to one simulated node or another, in virtual time. A watch ends when the door is turned,
 * or when its node dies.
 *
 * @module
 */
import type { ApiResponse, LineSink } from '../../node/api/message.ts'
import type { SimCluster } from '../sim/sim-cluster.ts'
import type { Heard, Way } from './reflector.ts'

/** Between looks at whether the node that is watched is there still. */
const LOOK_MS = 50

export class SimWay implements Way {
  readonly #cluster: SimCluster
  #target: string
  #turns = 0

  constructor(cluster: SimCluster, target: string) {
    this.#cluster = cluster
    this.#target = target
  }

  turn(target: string, { cuts }: { cuts: boolean }): void {
    this.#target = target
    if (cuts) this.#turns += 1
  }

  async get(path: string): Promise<Heard> {
    const turns = this.#turns
    const answer = await this.#cluster.request(this.#target, 'GET', path)
    if (turns !== this.#turns) throw new Error('the answer was cut')
    return answer
  }

  async watch(path: string, onLine: (line: string) => void): Promise<Heard> {
    const [machine, turns] = [this.#target, this.#turns]
    const starts = this.#cluster.startsOf(machine)
    const { status, body } = await this.#cluster.request(machine, 'GET', path)
    if (status !== 200) return { status, body }
    let isOver = false
    const sink: LineSink = { write: (line) => void (isOver || onLine(line)), end: () => (isOver = true) }
    const { open } = body as Extract<ApiResponse['body'], { type: 'lines' }>
    const opened = open(sink)
    const isThere = (): boolean =>
      turns === this.#turns && this.#cluster.stateOf(machine) === 'up' && this.#cluster.startsOf(machine) === starts
    while (!isOver && isThere()) await this.#cluster.runFor(LOOK_MS)
    isOver = true
    opened.close()
    return { status, body: '' }
  }

  pause(ms: number): Promise<void> {
    return this.#cluster.runFor(ms)
  }
}
