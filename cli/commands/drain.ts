/**
 * `shoal drain`: empties a node. It only writes down that this is wanted and watches: the nodes move the pods by themselves,
 * each successor first.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { examples } from '../command.ts'
import type { SessionOf } from '../command.ts'
import { durationMs } from '../duration.ts'
import { ApiFailure, CommandFailure } from '../failure.ts'
import { at, listAt, textAt } from '../objects.ts'
import type { ObjectList, Pod } from '../objects.ts'
import type { GlobalOptions, Session } from '../session.ts'
import { nodeNamed, nodePath, patchNode } from './cordon.ts'

interface Options extends GlobalOptions {
  readonly timeout: string
  readonly deleteEmptydirData?: boolean
  readonly force?: boolean
  readonly dryRun?: boolean
}

/** As `/shoal/v1/leaving` tells it. */
interface Leaving {
  readonly uid: string
  readonly waitsFor?: string
}

const LOOK_MS = 300

export function drain(program: Command, sessionOf: SessionOf): void {
  const command = program
    .command('drain')
    .summary('move all pods away from a node')
    .description(
      'Cordons a node and moves its pods away: each goes when its successor serves elsewhere, and no PodDisruptionBudget is broken.',
    )
    .argument('<node>', 'amber, node/amber')
    .option('--timeout <duration>', 'follow it for at most so long, then exit 1', '5m')
    .option('--delete-emptydir-data', 'also pods with an emptyDir, whose files are lost')
    .option('--force', 'also pods that no Deployment stands behind')
    .option('--ignore-daemonsets', 'as kubectl; there are none here')
    .option('--dry-run', 'say what would leave, and change nothing')
    .action((node: string, _options: unknown, self: Command) => run(node, self.optsWithGlobals<Options>(), sessionOf))
  examples(command, 'shoal drain amber', 'shoal drain amber --force --timeout 10m', 'shoal uncordon amber')
}

async function run(word: string, options: Options, sessionOf: SessionOf): Promise<void> {
  const session = sessionOf(options)
  const timeoutMs = durationMs('--timeout', options.timeout)
  const client = await session.client()
  const name = nodeNamed(word)
  await client.get(nodePath(name))
  const pods = await podsOn(client, name)
  assertMayGo(name, pods, options)
  if (options.dryRun === true) {
    for (const pod of pods) session.print(`${titleOf(pod)} would leave`)
    return session.print(`node/${name} drained (dry run)`)
  }
  await patchNode(client, name, { unschedulable: true, drain: options.force === true ? 'force' : 'pods' })
  session.print(`node/${name} cordoned`)
  await removeOnce(client, pods)
  await followed({ client, session, name, timeoutMs })
  await patchNode(client, name, { drain: null })
  session.print(`node/${name} drained`)
}

/** Those that have ended hold nothing up. */
async function podsOn(client: Client, node: string): Promise<readonly Pod[]> {
  const { items } = await client.get<ObjectList<Pod>>('/api/v1/pods', { fieldSelector: `spec.nodeName=${node}` })
  return items.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
}

const titleOf = ({ metadata }: Pod): string => `pod/${metadata.name} -n ${metadata.namespace ?? 'default'}`

const isBare = ({ metadata }: Pod): boolean => (metadata.ownerReferences ?? []).length === 0

/** [CLI87] What would be lost is asked for by name. */
function assertMayGo(node: string, pods: readonly Pod[], { force, deleteEmptydirData }: Options): void {
  const bare = force === true ? [] : pods.filter(isBare)
  const emptied = deleteEmptydirData === true ? [] : pods.filter(hasEmptyDir)
  if (bare.length + emptied.length === 0) return
  const lines = [
    ...bare.map((pod) => `  ${titleOf(pod)}: no Deployment stands behind it, say --force`),
    ...emptied.map(
      (pod) => `  ${titleOf(pod)}: has an emptyDir, whose files would be lost, say --delete-emptydir-data`,
    ),
  ]
  throw new CommandFailure([`node ${node} was not drained:`, ...lines].join('\n'))
}

const hasEmptyDir = ({ spec }: Pod): boolean =>
  listAt(spec, 'volumes').some((volume) => at(volume, 'emptyDir') !== undefined)

/** As kubectl: a Pod that is never to begin again cannot run elsewhere. */
async function removeOnce(client: Client, pods: readonly Pod[]): Promise<void> {
  for (const pod of pods) {
    if (!isBare(pod) || textAt(pod.spec, 'restartPolicy') !== 'Never') continue
    const { namespace = 'default', name } = pod.metadata
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
    await client.ask({ method: 'DELETE', path }).catch(unlessGone)
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ApiFailure) || error.status !== 404) throw error
}

interface Following {
  readonly client: Client
  readonly session: Session
  readonly name: string
  readonly timeoutMs: number
}

/** [CLI88] A line whenever a pod waits for something else, or has gone. */
async function followed({ client, session, name, timeoutMs }: Following): Promise<void> {
  const begunMs = performance.now()
  let before = new Map<string, { title: string; waits: string }>()
  for (;;) {
    const [pods, { leaving }] = await Promise.all([
      podsOn(client, name),
      client.get<{ leaving: readonly Leaving[] }>('/shoal/v1/leaving', { node: name }),
    ])
    const waiting = new Map(leaving.map(({ uid, waitsFor }) => [uid, waitsFor]))
    const now = new Map(
      pods.map((pod) => [pod.metadata.uid ?? '', { title: titleOf(pod), waits: waitsOf(pod, waiting) }]),
    )
    for (const [uid, { title, waits }] of now) if (before.get(uid)?.waits !== waits) session.say(`${title} ${waits}`)
    for (const [uid, { title }] of before) if (!now.has(uid)) session.say(`${title} has left`)
    if (pods.length === 0) return
    if (performance.now() - begunMs >= timeoutMs) throw late(name, timeoutMs, [...now.values()])
    before = now
    await sleep(LOOK_MS)
  }
}

function waitsOf({ metadata }: Pod, waiting: ReadonlyMap<string, string | undefined>): string {
  if (metadata.deletionTimestamp !== undefined) return 'is being stopped'
  if (!waiting.has(metadata.uid ?? '')) return 'is to leave'
  const waits = waiting.get(metadata.uid ?? '')
  return waits === undefined ? 'goes now' : `waits for ${waits}`
}

function late(node: string, timeoutMs: number, left: readonly { title: string; waits: string }[]): CommandFailure {
  return new CommandFailure(
    [
      `node ${node} is not empty after ${timeoutMs / 1_000} s:`,
      ...left.map(({ title, waits }) => `  ${title} ${waits}`),
      `The order stands: they leave as soon as they can. \`shoal uncordon ${node}\` takes it back.`,
    ].join('\n'),
  )
}
