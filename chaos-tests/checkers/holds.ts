/**
 * Who was away and came back, again and again, is waited for longer each time, so that pods do not move with each bad moment of
 * a link ([DET9]): a node takes a slot of a member that it shows as unreachable only after 1 s, doubled for each return that
 * it has shown of late, up to 6 s. So a machine that is away for less than 6 s at a time costs three moves of each of its pods
 * at most, however often it goes. Only the first silence of a member has its slots taken at once, by those that hear more than
 * half of all ([DET18]).
 *
 * Each node is held to what it shows itself: when it began to miss the other, and how often that one came back. That it heard
 * half of all at most is said where too few could have been fresh when it began to miss the other, directly or through others:
 * who says that it lives is heard by all that gossip reaches. The slots of a
 * machine that is drained are offered while it is there ([DRN3]), and so are those that are moved to even out the nodes ([REB7]):
 * they are not taken for its silence.
 *
 * @module
 */
import { Violation, type Checked, type Checker } from '../checker.ts'
import { upIn, type Cluster } from '../cluster.ts'
import { glance, workloadIn, type SeenPod } from './objects.ts'
import { isDrained, isTouched } from './tenure.ts'

/** Between two looks: each asks all nodes twice. */
const LOOK_EVERY_MS = 400
const HOLD_MS = 1_000
const HOLD_MS_MAX = 6_000
/** Who was heard within two beats counts as heard. */
const FRESH_MS = 1_050
/** Returns count for five minutes; of those that may just have been forgotten nobody is accused. */
const RETURNS_COUNT_MS = 290_000
/** A node that has just started has heard nobody yet: what it shows of the others is what it was told. */
const KNOWS_MS = 5_000

interface SeenNode {
  readonly metadata: { readonly name: string }
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason?: string }[]
  }
}

/** What one node has shown of another since it started. */
interface Shown {
  is: 'ready' | 'unreachable' | 'else'
  /** It was shown as unreachable, and not as ready since: one whose engine was down has been there all along. */
  isAway: boolean
  /** When it was last shown otherwise than unreachable. */
  otherwiseMs: number
  /** Both were there and could talk, and it was ready. */
  wasHeard: boolean
  returnsMs: number[]
}

interface Observer {
  readonly starts: number
  readonly sinceMs: number
  readonly nodes: Map<string, Shown>
  /** When it may last have heard each of the others: they were up, and there was a way. */
  readonly mayHearMs: Map<string, number>
  /** By uid, as it last showed them. */
  pods: ReadonlyMap<string, SeenPod>
}

export const holds: Checker = {
  rule: 'DET9',
  begin: () => {
    const observers = new Map<string, Observer>()
    let lookedMs = Number.NEGATIVE_INFINITY
    return {
      async watch(checked) {
        const { cluster } = checked
        if (cluster.nowMs() - lookedMs < LOOK_EVERY_MS) return
        lookedMs = cluster.nowMs()
        for (const machine of upIn(cluster)) {
          const starts = cluster.startsOf(machine)
          const nodes = await glance<{ items: readonly SeenNode[] }>(cluster, machine, '/api/v1/nodes')
          const pods = await glance<{ items: readonly SeenPod[] }>(cluster, machine, '/api/v1/pods')
          if (nodes === undefined || pods === undefined || cluster.startsOf(machine) !== starts) continue
          const known = observers.get(machine)
          const fresh = {
            starts,
            sinceMs: cluster.nowMs(),
            nodes: new Map<string, Shown>(),
            mayHearMs: new Map<string, number>(),
            pods: new Map<string, SeenPod>(),
          }
          const observer: Observer = known?.starts === starts ? known : fresh
          observers.set(machine, observer)
          const names = new Set(nodes.items.map(({ metadata }) => metadata.name))
          for (const name of observer.nodes.keys()) if (!names.has(name)) observer.nodes.delete(name)
          for (const node of nodes.items) noteNode(cluster, { machine, observer }, node)
          for (const other of waysTo(cluster, machine)) observer.mayHearMs.set(other, cluster.nowMs())
          if (observer === known) for (const pod of pods.items) judge(checked, { machine, observer }, pod)
          observer.pods = new Map(pods.items.map((pod) => [pod.metadata.uid, pod]))
        }
      },
    }
  },
}

/** All whose word may come to it, by others too: some does through any loss. */
function waysTo(cluster: Cluster, machine: string): ReadonlySet<string> {
  const found = new Set([machine])
  const up = upIn(cluster)
  for (const to of found) for (const from of up) if (!cluster.isCut(from, to)) found.add(from)
  found.delete(machine)
  return found
}

interface Looking {
  readonly machine: string
  readonly observer: Observer
}

function noteNode(cluster: Cluster, { machine, observer }: Looking, { metadata: { name }, status }: SeenNode): void {
  const nowMs = cluster.nowMs()
  const ready = status.conditions.find(({ type }) => type === 'Ready')
  const is = ready?.status === 'True' ? 'ready' : ready?.reason === 'NodeUnreachable' ? 'unreachable' : 'else'
  // Who is missed from the first look on may have been for long.
  const shown = observer.nodes.get(name) ?? {
    is,
    isAway: false,
    otherwiseMs: -Infinity,
    wasHeard: false,
    returnsMs: [],
  }
  observer.nodes.set(name, shown)
  if (is === 'ready' && shown.isAway && shown.wasHeard) shown.returnsMs.push(nowMs)
  if (is !== 'else') shown.isAway = is === 'unreachable'
  if (is !== 'unreachable') shown.otherwiseMs = nowMs
  shown.is = is
  const other = cluster.machines.find((one) => cluster.nodeOf(one) === name)
  const isHeard =
    other !== undefined &&
    cluster.stateOf(other) === 'up' &&
    cluster.reaches(machine, other) &&
    cluster.reaches(other, machine) &&
    nowMs - observer.sinceMs > KNOWS_MS
  if (is === 'ready' && isHeard) shown.wasHeard = true
}

/** A pod of its own that it did not show before: whose slot was it? */
function judge(checked: Checked, { machine, observer }: Looking, { metadata, spec }: SeenPod): void {
  const { cluster } = checked
  const nowMs = cluster.nowMs()
  const isNew = spec.nodeName === cluster.nodeOf(machine) && !observer.pods.has(metadata.uid)
  if (!isNew || !cluster.isSound(machine) || isTouched(checked, workloadIn(metadata.name))) return
  const slot = slotOf(metadata)
  const holders = [...observer.pods.values()].filter((one) => slotOf(one.metadata) === slot && serves(one))
  // It may have been taken from another than the one that is missed.
  if (holders.some((holder) => isDrained(checked, holder.spec.nodeName) || relieves(metadata, holder))) return
  for (const holder of holders) {
    const shown = observer.nodes.get(holder.spec.nodeName)
    if (shown?.is !== 'unreachable') continue
    const returns = shown.returnsMs.filter((atMs) => nowMs - atMs < RETURNS_COUNT_MS).length
    // It fell silent after that look, and who was fresh then was there a look before at the latest.
    const freshMs = shown.otherwiseMs - FRESH_MS - LOOK_EVERY_MS
    const fresh = [...observer.mayHearMs.values()].filter((atMs) => atMs >= freshMs).length
    const heardFew = 2 * (fresh + 1) <= observer.nodes.size
    const holdMs = returns === 0 && !heardFew ? 0 : Math.min(HOLD_MS_MAX, HOLD_MS * 2 ** returns)
    const missedMs = nowMs - shown.otherwiseMs
    if (missedMs >= holdMs) continue
    throw new Violation(
      'DET9',
      `${machine} took ${slot} of ${holder.spec.nodeName}, which it had missed for ${Math.round(missedMs)} ms at most, and which came back ${returns} times of late: its claims hold for ${holdMs} ms`,
    )
  }
}

function slotOf({ name, labels, annotations }: SeenPod['metadata']): string {
  return `${workloadIn(name)}/${labels['pod-template-hash']}/${annotations?.['shoal.dev/slot']}`
}

const relieves = ({ annotations }: SeenPod['metadata'], holder: SeenPod): boolean =>
  annotations?.['shoal.dev/relieves'] === holder.metadata.uid

/** As its own node said last. */
function serves({ metadata, status }: SeenPod): boolean {
  const isReady =
    status.conditions?.some(({ type, status: is }) => type === 'ContainersReady' && is === 'True') === true
  return isReady && metadata.deletionTimestamp === undefined
}
