/**
 * A client that stays with one node never sees an object go back: no earlier generation, no life that had ended; no pod that is
 * told to stop is any longer to run, and none that has run is yet to start. A node that was started anew begins anew, since what
 * it had only heard need not have been on its disk.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { upIn } from '../cluster.ts'
import { isBare } from '../workloads/bare.ts'
import { glance, type SeenDeployment, type SeenPod } from './objects.ts'

/** One node is asked at each look, in turn. */
interface Memory {
  readonly starts: number
  /** By name: the lives seen, the latest last, and the highest generation of that one. */
  readonly objects: Map<string, { readonly lives: readonly string[]; readonly generation: number }>
  token: bigint
  /** By uid and time of the claim, how far each pod had come. */
  readonly pods: Map<string, number>
}

interface List {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly SeenDeployment[]
}

export const monotonic: Checker = {
  rule: 'CHK7',
  begin: () => {
    const memories = new Map<string, Memory>()
    let turn = 0
    return {
      async watch({ cluster }) {
        const up = upIn(cluster)
        turn += 1
        const machine = up[turn % Math.max(1, up.length)]
        if (machine === undefined) return
        const starts = cluster.startsOf(machine)
        const list = await glance<List>(cluster, machine, '/apis/apps/v1/deployments')
        // Killed meanwhile: whose answer it was nobody knows.
        if (list === undefined || cluster.startsOf(machine) !== starts) return
        const known = memories.get(machine)
        const memory = known?.starts === starts ? known : { starts, objects: new Map(), token: -1n, pods: new Map() }
        memories.set(machine, memory)
        compare(machine, memory, list)
        const pods = await glance<{ items: readonly SeenPod[] }>(cluster, machine, '/api/v1/pods')
        if (pods === undefined || cluster.startsOf(machine) !== starts) return
        // A disk that was lost, or an old one that was put back, knows nothing of how far its pods had come.
        const lost = new Set([...cluster.damagedDisks].flatMap((each) => [each, cluster.nodeOf(each)]))
        // One that somebody wrote begins again elsewhere, with the uid it has.
        const claimed = pods.items.filter(({ metadata, spec }) => !lost.has(spec.nodeName) && !isBare(metadata.name))
        for (const pod of claimed) comparePod(machine, memory, pod)
      },
    }
  },
}

function compare(machine: string, memory: Memory, { metadata: { resourceVersion }, items }: List): void {
  const token = BigInt(resourceVersion)
  if (token < memory.token)
    throw new Violation('CHK7', `the lists of ${machine} went back from ${memory.token} to ${token}`)
  memory.token = token
  for (const { metadata } of items) {
    const { name, uid, generation } = metadata
    const { lives = [], generation: before = 0 } = memory.objects.get(name) ?? {}
    const isSame = lives.at(-1) === uid
    if (!isSame && lives.includes(uid))
      throw new Violation('CHK7', `${machine} shows ${name} ${uid} again, after ${lives.at(-1)}, which came after it`)
    if (isSame && generation < before)
      throw new Violation('CHK7', `${machine} shows generation ${generation} of ${name}, after ${before}`)
    memory.objects.set(name, { lives: isSame ? lives : [...lives, uid], generation })
  }
}

const STAGES = ['is yet to start', 'has started', 'is to stop']

function comparePod(machine: string, { pods }: Memory, { metadata, status }: SeenPod): void {
  const stage = metadata.deletionTimestamp !== undefined ? 2 : status.phase === 'Pending' ? 0 : 1
  // A claim that is made anew, as after a power cut, begins anew.
  const claim = `${metadata.uid} ${metadata.creationTimestamp}`
  const before = pods.get(claim) ?? 0
  if (stage < before)
    throw new Violation('CHK7', `${machine} shows that ${metadata.name} ${STAGES[stage]}, after it ${STAGES[before]}`)
  pods.set(claim, stage)
}
