/**
 * From the last release's build to this one and back, node by node, while all that runs is used.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { buildOf, lastRelease } from '../real/past-build.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { runsBelow } from '../real/runs.ts'
import { CONVERGED_MS, readyPodsOf, STARTED_MS, waitAgreed, waitSettled } from './facts.ts'
import { deployWeb, DEPLOYMENTS, namespaceNamed, NAMESPACES, SERVICES, webDeployment, webService } from './manifests.ts'
import { doorOf, stage, traffic } from './stage.ts'
import type { Outcome } from './traffic.ts'

const NODES = 3
const REPLICAS = 6
const REQUESTS_PER_SECOND = 50
const WRITES_PER_SECOND = 5
/** A service manager's patience. */
const STOP_MS = 10_000
/** Between two nodes, as somebody does who looks whether it went well. */
const LOOK_MS = 2_000
const MS_MAX = 600_000

const HEAD = join(import.meta.dirname, '..', '..')
const CONFIGS = '/api/v1/namespaces/default/configmaps'
const SECRETS = '/api/v1/namespaces/default/secrets'

/** Written before anything is replaced, and read after. */
const WRITTEN: readonly (readonly [list: string, object: KubeObject])[] = [
  [
    CONFIGS,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { mode: 'fast' },
    },
  ],
  [
    SECRETS,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'default' }, data: { key: 'c2Vz' } },
  ],
]

/** Creates objects at a steady rate, now here, now there; one that nobody answered is no write. */
class Writer {
  readonly acked: string[] = []
  readonly #timer: NodeJS.Timeout
  readonly #pending = new Set<Promise<unknown>>()
  #count = 0

  constructor(nodes: readonly ProcessNode[], series: string) {
    this.#timer = setInterval(() => {
      const name = `${series}-${(this.#count += 1)}`
      const write = nodes[this.#count % nodes.length]!.api('POST', NAMESPACES, namespaceNamed(name)).then(
        ({ status }) => status === 201 && this.acked.push(name),
        () => {},
      )
      this.#pending.add(write)
      void write.finally(() => this.#pending.delete(write))
    }, 1_000 / WRITES_PER_SECOND)
  }

  async stop(): Promise<readonly string[]> {
    clearInterval(this.#timer)
    await Promise.all(this.#pending)
    return this.acked
  }
}

interface Away {
  readonly door: string
  readonly fromMs: number
  /** When its agent had ended. */
  readonly endedMs: number
  readonly toMs: number
}

/** Told to end, and started again from that build. Resolves when all see it again. */
async function replace(node: ProcessNode, build: string, others: readonly ProcessNode[]): Promise<Away> {
  const fromMs = Date.now()
  await node.stopAgent(stretched(STOP_MS))
  const endedMs = Date.now()
  node.build = build
  await node.restart()
  await waitFor(`${node.name} to be seen ready`, stretched(STARTED_MS), async () => {
    const views = await Promise.all(others.map((other) => isReadyFor(other, node)))
    return views.every((isReady) => isReady)
  })
  // Its own door is open once it has heard of the Service; a request that came before was turned away.
  return { door: doorOf(node), fromMs, endedMs, toMs: Date.now() }
}

async function isReadyFor(observer: ProcessNode, { memberName }: ProcessNode): Promise<boolean> {
  const { body } = await observer.api('GET', `/api/v1/nodes/${memberName}`)
  const { conditions = [] } = (body as { status?: { conditions?: { type: string; status: string }[] } }).status ?? {}
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** Of what was asked of a node that was away. */
function isOwnDoor({ target, atMs, tookMs }: Outcome, aways: readonly Away[]): boolean {
  return aways.some(({ door, fromMs, toMs }) => target === door && atMs + tookMs >= fromMs && atMs <= toMs)
}

/** The build of 6741d52 breaks off what it is answering when it is told to end; since FWD5 nobody does. */
function isBrokenOff({ atMs, tookMs }: Outcome, aways: readonly Away[]): boolean {
  return aways.some(({ fromMs, endedMs }) => atMs <= endedMs && atMs + tookMs >= fromMs)
}

const builds = { 'the last release': () => buildOf(lastRelease()), HEAD: () => HEAD }

test.each([
  { from: 'the last release', to: 'HEAD' },
  { from: 'HEAD', to: 'the last release' },
] as const)(
  '[LAB33, LAB30] from $from to $to, node by node under load: no request through another node fails, no pod is moved or started anew, no write is lost, and nodes of both agree',
  { timeout: MS_MAX },
  async ({ from, to }) => {
    const [source, target] = [builds[from](), builds[to]()]
    const { cluster, nodes, lab } = await stage(NODES, { inLab: true, build: source })
    const { directory } = cluster
    await deployWeb(nodes[0]!, REPLICAS)
    for (const [list, object] of WRITTEN) await nodes[0]!.ok('POST', list, object)
    await waitSettled(nodes, { app: 'web', replicas: REPLICAS, withinMs: STARTED_MS, directory })
    const objects = [
      [`${DEPLOYMENTS}/web`, webDeployment({ replicas: REPLICAS })] as const,
      [`${SERVICES}/web`, webService()] as const,
      ...WRITTEN.map(([list, object]) => [`${list}/${(object['metadata'] as { name: string }).name}`, object] as const),
    ]
    const runs = runsBelow(directory)
    const before = { runs, pods: runs.map(({ uid }) => uid).toSorted() }
    const doors = nodes.map(doorOf)
    const requests = traffic({ targets: doors, perSecond: REQUESTS_PER_SECOND, from: lab!.add() })
    await requests.flows(doors)

    const aways: Away[] = []
    const acked: string[] = []
    for (const node of nodes) {
      const writer = new Writer(nodes, node.name)
      aways.push(
        await replace(
          node,
          target,
          nodes.filter((other) => other !== node),
        ),
      )
      await requests.flows(doors, 5, Date.now())
      await delay(LOOK_MS)
      const written = await writer.stop()
      expect(written.length, `writes while ${node.name} was replaced`).toBeGreaterThan(WRITES_PER_SECOND)
      acked.push(...written)
      expect(runsBelow(directory), `after ${node.name} was replaced`).toEqual(before.runs)
      // Quiet, and but for the last time of both builds.
      await waitAgreed(nodes, NODES, CONVERGED_MS)
    }
    await requests.stop()
    const failed = requests.failures.filter(
      (outcome) => !isOwnDoor(outcome, aways) && !(from !== 'HEAD' && isBrokenOff(outcome, aways)),
    )
    expect(failed, `of ${requests.outcomes.length} requests`).toEqual([])

    for (const node of nodes) {
      const { items } = await node.ok<{ items: { metadata: { name: string } }[] }>('GET', NAMESPACES)
      const there = new Set(items.map(({ metadata }) => metadata.name))
      const lost = acked.filter((name) => !there.has(name))
      expect(lost, `acknowledged writes that ${node.name} lost`).toEqual([])
      // One of the two may tell more of an object than the other.
      for (const [path, written] of objects) expect(await node.ok('GET', path), node.name).toMatchObject(written)
      const pods = await readyPodsOf(node, 'web')
      expect(pods.map(({ metadata }) => metadata.uid).toSorted()).toEqual(before.pods)
      expect(pods.map(({ status }) => status.containerStatuses?.[0]?.restartCount)).toEqual(pods.map(() => 0))
    }
  },
)

test('[LAB34] a checkout without the last release says which commit it lacks and how to get it', () => {
  expect(lastRelease()).toMatch(/^[0-9a-f]{40}$/)
  const repository = mkdtempSync(join(tmpdir(), 'shoal-shallow-'))
  onTestFinished(() => rmSync(repository, { recursive: true }))
  execFileSync('git', ['init', '--quiet', repository])
  const commit = 'f'.repeat(40)
  expect(() => buildOf(commit, repository)).toThrow(
    `this checkout has no commit ${commit}, from which upgrades are tested (chaos-tests/real/last-release): get it by "git fetch origin ${commit}"`,
  )
})
