/**
 * A client that does not take silence for an answer: what was not answered is asked again, of the next node, until it is or
 * patience ends. The API has no keys for that, so what it does is its own: setting a value twice is setting it, a delete that
 * finds nothing is done, and a create that meets an object of that name looks whether it is its own, by a mark it left there.
 *
 * @module
 */
import type { Cluster } from '../cluster.ts'
import type { Outcome } from '../history.ts'
import { sent, workload, type Doing, type Drawn } from '../workload.ts'
import { MARK, pathOf, requestOf, type DeploymentDeed } from './deeds.ts'

/** Mean time between two deeds. */
const PAUSE_MS = 8_000
const NAMES = ['firm0', 'firm1', 'firm2']
const REPLICAS_MAX = 3
/** Of one try. */
const TIMEOUT_MS = 2_000
const TRIES_MAX = 4
const BETWEEN_MS = 250
/** So that the last try is over when the faults are. */
const ENDS_BEFORE_MS = TRIES_MAX * (3 * TIMEOUT_MS + BETWEEN_MS)

export const retrying = workload<DeploymentDeed>({
  name: 'retrying',
  draw({ chance, lastsMs }) {
    const deeds: Drawn<DeploymentDeed>[] = []
    const living = new Set<string>()
    const untilMs = lastsMs - ENDS_BEFORE_MS
    for (let atMs = chance.exponential(PAUSE_MS); atMs < untilMs; atMs += chance.exponential(PAUSE_MS)) {
      const name = chance.pick(NAMES)
      const replicas = chance.between(1, REPLICAS_MAX)
      if (!living.has(name)) {
        living.add(name)
        deeds.push({ atMs, what: { verb: 'create', name, replicas, mark: `${name}-${deeds.length}` } })
      } else if (chance.chance(0.3)) {
        living.delete(name)
        deeds.push({ atMs, what: { verb: 'delete', name } })
      } else deeds.push({ atMs, what: { verb: 'scale', name, replicas } })
    }
    return deeds
  },
  carryOut: (doing) => untilAnswered(doing),
})

async function untilAnswered(doing: Doing<DeploymentDeed>): Promise<void> {
  const { cluster, history, operation, what } = doing
  const request = requestOf(what)
  const patient = { ...request, asking: { ...request.asking, timeoutMs: TIMEOUT_MS } }
  for (let tried = 0; tried < TRIES_MAX; tried++) {
    const at = tried % Math.max(1, operation.via.length)
    const via = [...operation.via.slice(at), ...operation.via.slice(0, at)]
    const startMs = cluster.nowMs()
    const outcome = await sent(doing, patient, via)
    if (outcome.is === 'acked') return
    if (outcome.is === 'refused') {
      const own = tried > 0 ? await ownAnswer(cluster, what, outcome) : undefined
      if (own !== undefined) history.done.push({ operation, startMs, endMs: cluster.nowMs(), outcome: own })
      return
    }
    await cluster.runFor(BETWEEN_MS)
  }
}

/** The object that an earlier try has made, as if that one had been answered; undefined where it is somebody else's. */
async function ownAnswer(
  cluster: Cluster,
  what: DeploymentDeed,
  { machine, answer }: Extract<Outcome, { is: 'refused' }>,
): Promise<Outcome | undefined> {
  if (what.verb !== 'create' || answer.status !== 409) return undefined
  try {
    const found = await cluster.request(machine, 'GET', pathOf(what), { timeoutMs: TIMEOUT_MS })
    const { metadata } = found.body as { metadata: { annotations?: Readonly<Record<string, string>> } }
    const isOwn = found.status === 200 && metadata.annotations?.[MARK] === what.mark
    // How many disks have it nobody says: this node has it, no more is known.
    return isOwn ? { is: 'acked', answer: { ...found, headers: {} }, machine } : undefined
  } catch {
    return undefined
  }
}
