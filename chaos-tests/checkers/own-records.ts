/**
 * P8, as seen from outside: what the nodes show of a machine's pods and of the machine itself is what its own node said. A
 * pod never changes its machine; what a member said in the name of another shows nowhere; what is said of a machine that nobody
 * can hear stays as it was; and in the end all say of it what it says itself.
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { FORGED, upIn, type Cluster } from '../cluster.ts'
import { isBare } from '../workloads/bare.ts'
import { glance, type SeenPod } from './objects.ts'
import { Outlook } from './outlook.ts'

/** What was said before somebody fell silent has reached everybody else after this long (P1's bound, twice). */
const HEARD_MS = 10_000
/** Records of a core that is whole have reached all of it. */
const WITHIN_MS = 5_000

interface SeenNode {
  readonly metadata: { readonly name: string; readonly labels: unknown }
  readonly status: { readonly capacity: unknown; readonly addresses: unknown; readonly nodeInfo: unknown }
}

interface Opinions {
  readonly qosClass?: unknown
  readonly reason?: unknown
  readonly message?: unknown
}

/** By pod or node: whose it is, and what is said of it. */
type Sayings = ReadonlyMap<string, { readonly of: string; readonly says: string }>

export const ownRecords: Checker = {
  rule: 'P8',
  begin: () => {
    const outlook = new Outlook()
    const homes = new Map<string, string>()
    /** By the names of their nodes: a machine whose disk was replaced has had several. */
    const machines = new Map<string, string>()
    let turn = 0
    let frozen: { readonly sinceMs: number; readonly byObserver: Map<string, Sayings> } | undefined
    return {
      async watch({ cluster }) {
        const { atMs, components, isClean } = outlook.look(cluster)
        const { quietSinceMs } = outlook
        const up = upIn(cluster)
        turn += 1
        const observer = up[turn % Math.max(1, up.length)]
        const seen = observer === undefined ? undefined : await sayingsOn(cluster, observer)
        if (observer === undefined || seen === undefined) return
        for (const machine of cluster.machines) machines.set(cluster.nodeOf(machine), machine)
        remember({ homes, machines }, observer, seen)
        const component = components.find((each) => each.includes(observer)) ?? []
        const within = component.map((machine) => cluster.nodeOf(machine))
        outlook.look(cluster)
        if (!isClean || outlook.quietSinceMs !== quietSinceMs || atMs - quietSinceMs < HEARD_MS) return
        if (frozen?.sinceMs !== quietSinceMs) frozen = { sinceMs: quietSinceMs, byObserver: new Map() }
        compare(observer, within, frozen.byObserver.get(observer) ?? seen, seen)
        frozen.byObserver.set(observer, seen)
      },
      async settle({ cluster, core }) {
        const startMs = cluster.nowMs()
        for (;;) {
          const wrong = await whatDiffers(cluster, core)
          if (wrong === undefined) return
          if (cluster.nowMs() - startMs > WITHIN_MS) throw new Violation('P8', wrong)
          await cluster.runFor(100)
        }
      },
    }
  },
}

interface Places {
  readonly homes: Map<string, string>
  readonly machines: ReadonlyMap<string, string>
}

function remember({ homes, machines }: Places, observer: string, seen: Sayings): void {
  for (const [what, { of: node, says }] of seen) {
    const of = machines.get(node) ?? node
    if (says.includes(FORGED)) throw new Violation('P8', `${observer} believes what others said of ${what}: ${says}`)
    const home = homes.get(what) ?? of
    if (home !== of) throw new Violation('P8', `${observer} shows ${what} on ${of}; it was ${home}'s`)
    homes.set(what, home)
  }
}

/**
 * A saying may be dropped in time; nobody can have changed it. Of a machine that joined anew two members have spoken: where
 * the word of the one takes the place of the other's, neither was changed.
 */
function compare(observer: string, within: readonly string[], before: Sayings, seen: Sayings): void {
  for (const [what, { of, says }] of seen) {
    const earlier = before.get(what)
    if (within.includes(of) || (earlier !== undefined && earlier.of !== of)) continue
    const said = earlier?.says
    if (said === says) continue
    const change = said === undefined ? `shows ${says}` : `showed ${said}, and now ${says}`
    throw new Violation('P8', `nothing reaches ${observer} from ${of}, and of its ${what} it ${change}`)
  }
}

async function whatDiffers(cluster: Cluster, core: readonly string[]): Promise<string | undefined> {
  const views = new Map<string, Sayings>()
  for (const machine of core) views.set(cluster.nodeOf(machine), (await sayingsOn(cluster, machine)) ?? new Map())
  for (const [observer, seen] of views) {
    for (const [what, { of, says }] of seen) {
      const own = views.get(of)
      const ownSays = own?.get(what)?.says
      if (own !== undefined && ownSays !== says)
        return `${observer} says of ${what} ${says}, ${of} whose it is says ${ownSays ?? 'nothing'}`
    }
  }
  return undefined
}

/** Undefined where it does not answer. */
async function sayingsOn(cluster: Cluster, machine: string): Promise<Sayings | undefined> {
  const pods = await glance<{ items: SeenPod[] }>(cluster, machine, '/api/v1/pods')
  const nodes = await glance<{ items: SeenNode[] }>(cluster, machine, '/api/v1/nodes')
  if (pods === undefined || nodes === undefined) return undefined
  // A pod of a node that it has not heard of yet is shown with that node's id: whose it is cannot be told.
  const known = new Set(nodes.items.map(({ metadata }) => metadata.name))
  // What somebody wrote keeps its uid wherever it goes: it is nobody's own.
  const placed = pods.items.filter(({ metadata, spec }) => known.has(spec.nodeName) && !isBare(metadata.name))
  return new Map([
    ...placed.map((pod) => [`pod ${pod.metadata.uid}`, { of: pod.spec.nodeName, says: ofPod(pod) }] as const),
    ...nodes.items.map(
      (node) => [`node ${node.metadata.name}`, { of: node.metadata.name, says: ofNode(node) }] as const,
    ),
  ])
}

/**
 * Whether it is ready in the end is the observer's own opinion, and so is that it is lost, which then stands where its own node
 * had told why it is as it is; what its template says is nobody's record.
 */
function ofPod(pod: SeenPod): string {
  const known = said.get(pod)
  if (known !== undefined) return known
  const { metadata, status } = pod
  const { conditions: _, qosClass: __, reason: ___, message: ____, ...own } = status as SeenPod['status'] & Opinions
  const slot = metadata.annotations?.['shoal.dev/slot']
  const says = JSON.stringify({ name: metadata.name, slot, stopping: metadata.deletionTimestamp, ...own })
  said.set(pod, says)
  return says
}

/** What pods say that have been looked at: the simulator shows the same object until it changes. */
const said = new WeakMap<SeenPod, string>()

function ofNode({ metadata: { labels }, status: { capacity, addresses, nodeInfo } }: SeenNode): string {
  return JSON.stringify({ labels, capacity, addresses, nodeInfo })
}
