/**
 * Facts as they come in from the network: every field checked and bounded, nothing taken over that is not known. What passes
 * has exactly the shape of `facts.ts`, so that nothing behind it needs to look again.
 *
 * @module
 */
import type {
  BidFact,
  BidLine,
  ContainerFact,
  ContainerState,
  FactName,
  NodeFact,
  PodFact,
  Relief,
  Resources,
  Taint,
  UsageFact,
  Used,
} from '../facts.ts'
import { parseKey, type DocumentKey } from '../key.ts'
import type { Fact } from '../kind-port.ts'
import { CONTAINERS_MAX } from './container.ts'
import { REPLICAS_MAX } from './deployment.ts'
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName, type TextCheck } from './names.ts'
import {
  flagOf,
  hostileInput,
  integerOf,
  listOf,
  mapOf,
  numberOf,
  objectOf,
  optional,
  refuse,
  textOf,
  wordOf,
  type Reader,
} from './read.ts'
import { REVISION_HASH_LENGTH } from './revision.ts'

/** The fact, or a sentence that says what is wrong with it. Never throws. */
export function parseFact(name: FactName, value: unknown): { fact: Fact } | { error: string } {
  return hostileInput(() => {
    if (name === 'node') return readNode(value, 'node')
    if (name === 'usage') return readUsage(value, 'usage')
    if (name.startsWith('bid/')) return readBid(value, 'bid')
    const pod = readPod(value, 'pod')
    return name === `pod/${pod.uid}` ? pod : refuse('pod.uid', 'must be the one in the name of its record')
  })
}

/** Bounds of `facts.ts`, and of the largest node anybody runs with room to spare. */
const ADDRESSES_MAX = 16
const IMAGES_MAX = 64
const LABELS_MAX = 128
const TAINTS_MAX = 64
const RUNTIMES_MAX = 8
const AUCTION_LINES_MAX = 24
const PARTS_MAX = 16
/** Some 60 KiB where all names are as long as they may be, which is what fits into a record. */
export const USED_CONTAINERS_MAX = 500
/** Of one machine, with room to spare. */
const CPU_MILLI_MAX = 10_000_000
const MEMORY_KIB_MAX = 2 ** 40
/** A pod has room for 2 KiB of last output; reasons and messages of ours are sentences. */
const OUTPUT_CHARS_MAX = 2048
const SENTENCE_CHARS_MAX = 1024
const IMAGE_CHARS_MAX = 512
const ADDRESS_CHARS_MAX = 256

const anyName: TextCheck = (key) => (key !== '' && key.length <= 64 ? undefined : 'must have 1 to 64 characters')

const sentence = textOf(SENTENCE_CHARS_MAX)
const output = textOf(OUTPUT_CHARS_MAX)
const image = textOf(IMAGE_CHARS_MAX)
const timeMs = numberOf({ min: 0, max: Number.MAX_SAFE_INTEGER })
const count = integerOf({ min: 0, max: Number.MAX_SAFE_INTEGER })
/** As it is shown: its name, with the end of its id behind it where another node has that name too; or its id. */
const shownNode = textOf(128, (name) =>
  /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name) ? undefined : 'must be the name or the id of a node',
)
const podUid = textOf(64, (uid) => (/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(uid) ? undefined : 'must be a uid'))
const revision = textOf(REVISION_HASH_LENGTH, (hash) =>
  /^[a-z0-9]{10}$/.test(hash) ? undefined : 'must be the hash of a template',
)
const score = numberOf({ min: -1e9, max: 1e9 })
const parts = mapOf(anyName, score, PARTS_MAX)
/** An IP, or empty while it is not known. */
const ip = textOf(64, (text) => (/^[0-9a-fA-F:.]*$/.test(text) ? undefined : 'must be an IP address'))

/** Shown in kubeconfigs: nothing else may hide in it. */
const apiAddress = textOf(80, (text) =>
  /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,64}):\d{1,5}$/.test(text) ? undefined : 'must be HOST:PORT',
)

const workload: Reader<DocumentKey> = (value, at) => {
  const key = textOf(600)(value, at)
  return parseKey(key) === undefined ? refuse(at, 'must be the key of a document') : key
}

const readResources: Reader<Resources> = (value, at) => {
  const from = objectOf(value, at)
  return {
    cpuMilli: count(from['cpuMilli'], `${at}.cpuMilli`),
    memoryBytes: count(from['memoryBytes'], `${at}.memoryBytes`),
    pods: count(from['pods'], `${at}.pods`),
  }
}

const readTaint: Reader<Taint> = (value, at) => {
  const from = objectOf(value, at)
  return {
    key: textOf(317, qualifiedName)(from['key'], `${at}.key`),
    ...optional(from, 'value', at, textOf(63, labelValue)),
    effect: wordOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const)(from['effect'], `${at}.effect`),
  }
}

const readNode: Reader<NodeFact> = (value, at) => {
  const from = objectOf(value, at)
  const platform = objectOf(from['platform'], `${at}.platform`)
  return {
    name: textOf(63, dnsSubdomain)(from['name'], `${at}.name`),
    addresses: listOf(textOf(ADDRESS_CHARS_MAX), ADDRESSES_MAX)(from['addresses'], `${at}.addresses`),
    hostAddress: ip(from['hostAddress'], `${at}.hostAddress`),
    ...optional(from, 'apiTls', at, apiAddress),
    labels: mapOf(qualifiedName, textOf(63, labelValue), LABELS_MAX)(from['labels'], `${at}.labels`),
    taints: listOf(readTaint, TAINTS_MAX)(from['taints'], `${at}.taints`),
    unschedulable: flagOf(from['unschedulable'], `${at}.unschedulable`),
    capacity: readResources(from['capacity'], `${at}.capacity`),
    platform: {
      os: textOf(32)(platform['os'], `${at}.platform.os`),
      arch: textOf(32)(platform['arch'], `${at}.platform.arch`),
    },
    runtimes: listOf(textOf(32), RUNTIMES_MAX)(from['runtimes'], `${at}.runtimes`),
    runtimeTrouble: mapOf(anyName, sentence, RUNTIMES_MAX)(from['runtimeTrouble'], `${at}.runtimeTrouble`),
    ...optional(from, 'lostRuntimes', at, listOf(textOf(32), RUNTIMES_MAX)),
    images: listOf(image, IMAGES_MAX)(from['images'], `${at}.images`),
    version: textOf(64)(from['version'], `${at}.version`),
    startedAtMs: timeMs(from['startedAtMs'], `${at}.startedAtMs`),
  }
}

const readBidLine: Reader<BidLine> = (value, at) => {
  const from = objectOf(value, at)
  const node = shownNode(from['node'], `${at}.node`)
  if (from['decline'] !== undefined) return { node, decline: sentence(from['decline'], `${at}.decline`) }
  return { node, score: score(from['score'], `${at}.score`), parts: parts(from['parts'], `${at}.parts`) }
}

const readState: Reader<ContainerState> = (value, at) => {
  const from = objectOf(value, at)
  const state = wordOf(['waiting', 'running', 'terminated'] as const)(from['state'], `${at}.state`)
  switch (state) {
    case 'waiting':
      return { state, reason: sentence(from['reason'], `${at}.reason`), ...optional(from, 'message', at, output) }
    case 'running':
      return { state, startedAtMs: timeMs(from['startedAtMs'], `${at}.startedAtMs`) }
    case 'terminated':
      return {
        state,
        exitCode: integerOf({ min: -(2 ** 31), max: 2 ** 32 })(from['exitCode'], `${at}.exitCode`),
        reason: sentence(from['reason'], `${at}.reason`),
        finishedAtMs: timeMs(from['finishedAtMs'], `${at}.finishedAtMs`),
        ...optional(from, 'message', at, output),
      }
  }
}

/** Said or left out. */
const onlyTrue: Reader<true> = (value, at) => (value === true ? value : refuse(at, 'must be true'))

const readContainer: Reader<ContainerFact> = (value, at) => {
  const from = objectOf(value, at)
  return {
    name: textOf(63, dnsLabel)(from['name'], `${at}.name`),
    image: image(from['image'], `${at}.image`),
    ready: flagOf(from['ready'], `${at}.ready`),
    restarts: count(from['restarts'], `${at}.restarts`),
    ...optional(from, 'starting', at, onlyTrue),
    now: readState(from['now'], `${at}.now`),
    ...optional(from, 'last', at, readState),
    ...optional(from, 'id', at, textOf(256)),
  }
}

const readRelief: Reader<Relief> = (value, at) => {
  const from = objectOf(value, at)
  return { uid: podUid(from['uid'], `${at}.uid`), why: sentence(from['why'], `${at}.why`) }
}

const readPod: Reader<PodFact> = (value, at) => {
  const from = objectOf(value, at)
  const fact: PodFact = {
    uid: podUid(from['uid'], `${at}.uid`),
    name: textOf(253, dnsSubdomain)(from['name'], `${at}.name`),
    namespace: textOf(63, dnsLabel)(from['namespace'], `${at}.namespace`),
    workload: workload(from['workload'], `${at}.workload`),
    revision: revision(from['revision'], `${at}.revision`),
    index: integerOf({ min: 0, max: REPLICAS_MAX })(from['index'], `${at}.index`),
    claimedAtMs: timeMs(from['claimedAtMs'], `${at}.claimedAtMs`),
    auction: listOf(readBidLine, AUCTION_LINES_MAX)(from['auction'], `${at}.auction`),
    ...optional(from, 'relieves', at, readRelief),
    ...optional(from, 'ofPod', at, podUid),
    phase: wordOf(['Pending', 'Running', 'Succeeded', 'Failed'] as const)(from['phase'], `${at}.phase`),
    ready: flagOf(from['ready'], `${at}.ready`),
    stopping: flagOf(from['stopping'], `${at}.stopping`),
    reason: sentence(from['reason'], `${at}.reason`),
    message: output(from['message'], `${at}.message`),
    podIP: ip(from['podIP'], `${at}.podIP`),
    hostIP: ip(from['hostIP'], `${at}.hostIP`),
    runtime: textOf(32)(from['runtime'], `${at}.runtime`),
    ...optional(from, 'startedAtMs', at, timeMs),
    ...optional(from, 'readyAtMs', at, timeMs),
    ...optional(from, 'initContainers', at, listOf(readContainer, CONTAINERS_MAX)),
    ...optional(from, 'initialized', at, onlyTrue),
    containers: listOf(readContainer, CONTAINERS_MAX)(from['containers'], `${at}.containers`),
  }
  if ((fact.initContainers?.length ?? 0) + fact.containers.length > CONTAINERS_MAX) {
    refuse(`${at}.initContainers`, `must have at most ${CONTAINERS_MAX} items together with containers`)
  }
  const owner = parseKey(fact.workload)
  return owner?.namespace === fact.namespace ? fact : refuse(`${at}.workload`, "must be in the pod's namespace")
}

const readBid: Reader<BidFact> = (value, at) => {
  const from = objectOf(value, at)
  return {
    workload: workload(from['workload'], `${at}.workload`),
    revision: revision(from['revision'], `${at}.revision`),
    auction: textOf(128)(from['auction'], `${at}.auction`),
    curve: listOf(score, REPLICAS_MAX)(from['curve'], `${at}.curve`),
    parts: parts(from['parts'], `${at}.parts`),
    ...optional(from, 'decline', at, sentence),
  }
}

const readUsed: Reader<Used> = (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) return refuse(at, 'must be cpu and memory')
  return [
    integerOf({ min: 0, max: CPU_MILLI_MAX })(value[0], `${at}.cpuMilli`),
    integerOf({ min: 0, max: MEMORY_KIB_MAX })(value[1], `${at}.memoryKiB`),
  ]
}

const uidKey: TextCheck = (key) => (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(key) ? undefined : 'must be a uid')

const readUsage: Reader<UsageFact> = (value, at) => {
  const from = objectOf(value, at)
  const fact: UsageFact = {
    overMs: integerOf({ min: 0, max: 3_600_000 })(from['overMs'], `${at}.overMs`),
    pods: mapOf(uidKey, mapOf(dnsLabel, readUsed, CONTAINERS_MAX), USED_CONTAINERS_MAX)(from['pods'], `${at}.pods`),
  }
  const containers = Object.values(fact.pods).reduce((sum, pod) => sum + Object.keys(pod).length, 0)
  return containers <= USED_CONTAINERS_MAX
    ? fact
    : refuse(`${at}.pods`, `must have at most ${USED_CONTAINERS_MAX} containers`)
}
