import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { growth } from '../chaos-tests/real/growth.ts'
import type { BidFact, PodFact } from './facts.ts'
import type { KubeObject } from './object.ts'
import { aDeployment, aNamespace, aPod, aPodFact, aService, aServiceAccount } from './objects/sample.ts'
import { bidKey } from './view/keys.ts'
import { AGENT_GRACE_MS, type PodRow } from './view/rows.ts'
import { BASIL, T, THYME, Told, WEB, WEB_ENDPOINTS, WEB_SERVICE } from './view/sample.ts'
import type { View } from './view.ts'

const CONTAINER = 'spec.template.spec.containers.0'
const KINDS: readonly [string, string][] = [
  ['apps', 'Deployment'],
  ['apps', 'ReplicaSet'],
  ['', 'Pod'],
  ['', 'Service'],
  ['', 'Endpoints'],
  ['', 'Node'],
  ['', 'Namespace'],
]

type Status = { conditions: { type: string; status: string; reason: string; message: string }[] } & Record<
  string,
  unknown
>
const statusOf = (object: KubeObject | undefined): Status => object?.['status'] as Status
const condition = (view: View, type: string) => statusOf(view.get(WEB)).conditions.find((each) => each.type === type)
const everything = (view: View): Map<string, string> =>
  new Map(
    KINDS.flatMap(([group, kind]) =>
      view.list(group, kind).map((object): [string, string] => [keyFor(object), JSON.stringify(object)]),
    ),
  )
const keyFor = ({ apiVersion, kind, metadata }: KubeObject): string =>
  `${apiVersion === 'apps/v1' ? 'apps' : 'core'}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`

/** `web` with its Service, two nodes and no pods. */
function aCluster(changes: Record<string, unknown> = {}): Told {
  const told = new Told()
  told.object(aDeployment(changes))
  told.object(aService())
  told.node(BASIL, { name: 'basil' })
  told.node(THYME, { name: 'thyme' })
  return told
}

const LONE = 'core/Pod/default/lone'

// ---- properties

type Step = (told: Told) => void

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('web', 'api'), fc.constantFrom('nginx:1', 'nginx:2'), fc.integer({ min: 0, max: 3 })).map(
    ([name, image, replicas]): Step =>
      (told) =>
        void told.object(
          aDeployment({ 'metadata.name': name, [`${CONTAINER}.image`]: image, 'spec.replicas': replicas }),
        ),
  ),
  fc.constantFrom('web', 'api').map(
    (name): Step =>
      (told) =>
        told.gone(`apps/Deployment/default/${name}`),
  ),
  fc.tuple(fc.constantFrom('web', 'api'), fc.constantFrom('web', 'other'), fc.constantFrom(undefined, 30_080)).map(
    ([name, app, nodePort]): Step =>
      (told) =>
        void told.object(
          aService({
            'metadata.name': name,
            'spec.selector.app': app,
            'spec.type': 'NodePort',
            'spec.ports': [{ port: 80, targetPort: 'http', ...(nodePort && { nodePort }) }],
          }),
        ),
  ),
  fc.constantFrom('web', 'api').map(
    (name): Step =>
      (told) =>
        told.gone(`core/Service/default/${name}`),
  ),
  fc.tuple(fc.constantFrom('web', 'other'), fc.constantFrom('nginx:1', 'nginx:2')).map(
    ([app, image]): Step =>
      (told) =>
        void told.object(aPod({ 'metadata.labels': { app }, 'spec.containers.0.image': image })),
  ),
  fc.constant<Step>((told) => told.gone(LONE)),
  fc.tuple(fc.constantFrom(BASIL, THYME), fc.constantFrom('d', 'e'), fc.boolean()).map(
    ([node, uid, stopping]): Step =>
      (told) =>
        told.pod(node, uid, { name: 'lone', workload: LONE, index: 0, stopping, ready: !stopping }),
  ),
  fc
    .tuple(
      fc.constantFrom(BASIL, THYME),
      fc.constantFrom('a', 'b', 'c'),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(WEB, 'apps/Deployment/default/api'),
    )
    .map(
      ([node, uid, ready, stopping, workload]): Step =>
        (told) =>
          told.pod(node, uid, { ready, stopping, workload }),
    ),
  fc.tuple(fc.constantFrom(BASIL, THYME), fc.constantFrom('a', 'b', 'c')).map(
    ([node, uid]): Step =>
      (told) =>
        told.podGone(node, uid),
  ),
  fc.tuple(fc.constantFrom(BASIL, THYME), fc.constantFrom('basil', 'thyme')).map(
    ([node, name]): Step =>
      (told) =>
        told.node(node, { name }),
  ),
  fc.constantFrom(BASIL, THYME).map(
    (node): Step =>
      (told) =>
        told.node(node, undefined),
  ),
  fc
    .tuple(
      fc.constantFrom(BASIL, THYME),
      fc.constantFrom('alive', 'unreachable', 'agent-gone', 'lost'),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(
      ([node, verdict, since]): Step =>
        (told) =>
          told.view.setVerdict(node, verdict, T + since),
    ),
  fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('answers', 'refused', undefined)).map(
    ([uid, answer]): Step =>
      (told) =>
        told.view.setProbe(uid, answer),
  ),
  fc.constantFrom(0, 1, 2).map(
    (count): Step =>
      (told) =>
        told.view.setPending(
          WEB,
          Array.from({ length: count }, (_, index) => ({
            revision: told.web?.revision ?? 'bcdfghjklm',
            index,
            sinceMs: T,
            reason: 'Unschedulable',
            message: 'no room',
          })),
        ),
  ),
  fc.integer({ min: 0, max: 700 }).map(
    (seconds): Step =>
      (told) =>
        told.view.tick(T + seconds * 1000),
  ),
)

test('[VIEW3] whatever reads differently after a change is among the keys that were told', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 25 }), (all) => {
      const told = aCluster()
      let before = everything(told.view)
      const keys = new Set<string>()
      told.view.subscribe((touched) => touched.forEach((key) => keys.add(key)))
      for (const step of all) {
        keys.clear()
        step(told)
        const after = everything(told.view)
        const different = [...new Set([...before.keys(), ...after.keys()])].filter(
          (key) => before.get(key) !== after.get(key),
        )
        expect(different.filter((key) => !keys.has(key))).toEqual([])
        before = after
      }
    }),
    { numRuns: 100 },
  )
})

test('[VIEW3] what was kept reads as if it had just been put together', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 25 }), (all) => {
      const read = aCluster()
      const unread = aCluster()
      for (const step of all) {
        step(read)
        step(unread)
        everything(read.view)
        read.view.services().forEach(({ key }) => read.view.endpoints(key))
      }
      expect(everything(read.view)).toEqual(everything(unread.view))
      for (const { key } of read.view.services()) expect(read.view.endpoints(key)).toEqual(unread.view.endpoints(key))
    }),
    { numRuns: 80 },
  )
})

test('[VIEW17] what reads differently has another version', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 15 }), (all) => {
      const told = aCluster()
      let before = everything(told.view)
      for (const step of all) {
        step(told)
        const after = everything(told.view)
        for (const [key, text] of after) {
          if (before.has(key) && before.get(key) !== text)
            expect([key, versionIn(text)]).not.toEqual([key, versionIn(before.get(key)!)])
        }
        before = after
      }
    }),
    { numRuns: 80 },
  )
})

const versionIn = (text: string): string => (JSON.parse(text) as KubeObject).metadata.resourceVersion!

test('[VIEW1] order makes no difference', () => {
  const tell: Step[] = [
    (told) => void told.object(aDeployment()),
    (told) => void told.object(aService({ 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 30_080 }] })),
    (told) =>
      void told.object(
        aService({ 'metadata.name': 'api', 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 30_080 }] }),
        { createdAt: '2026-09-20T00:00:00Z' },
      ),
    (told) => told.node(BASIL, { name: 'same' }),
    (told) => told.node(THYME, { name: 'same' }),
    (told) => told.view.setVerdict(THYME, 'unreachable', T),
    (told) => told.pod(BASIL, 'a', { revision: 'bcdfghjklm', name: 'web-one' }),
    (told) => told.pod(THYME, 'b', { revision: 'bcdfghjklm', name: 'web-one', claimedAtMs: T + 9 }),
    (told) =>
      told.view.setPending(WEB, [
        { revision: 'bcdfghjklm', index: 1, sinceMs: T, reason: 'Unschedulable', message: 'no room' },
      ]),
  ]
  const withoutVersions = (view: View): string[] =>
    [...everything(view).values()].map((text) => text.replace(/"resourceVersion":"\d+"/, ''))
  const expected = new Told()
  tell.forEach((step) => step(expected))
  const order = fc.shuffledSubarray(tell, { minLength: tell.length })
  fc.assert(
    fc.property(order, (shuffled) => {
      const told = new Told()
      shuffled.forEach((step) => step(told))
      expect(withoutVersions(told.view)).toEqual(withoutVersions(expected.view))
      expect(told.view.pods().map(({ fact }) => fact.uid)).toEqual(expected.view.pods().map(({ fact }) => fact.uid))
    }),
    { numRuns: 100 },
  )
})

// ---- reading

test('[VIEW2] objects and rows are frozen, and the same until touched', () => {
  const told = aCluster()
  told.pod(BASIL, 'a')
  const [before, pods] = [told.view.get(WEB)!, told.view.podsOf(WEB)]
  expect(told.view.get(WEB)).toBe(before)
  expect(told.view.podsOf(WEB)).toBe(pods)
  expect(() => Object.assign(before.metadata, { name: 'x' })).toThrow(TypeError)
  expect(() => Object.assign(told.web!.template.spec.containers[0]!, { image: 'x' })).toThrow(TypeError)
  expect(() => Object.assign(pods[0]!, { node: 'x' })).toThrow(TypeError)
  told.pod(BASIL, 'b')
  expect(told.view.get(WEB)).not.toBe(before)
  expect(pods).toHaveLength(1)
})

test('[VIEW4] a batch tells once, and nothing is told of nothing', () => {
  const told = aCluster()
  const heard: string[][] = []
  const stop = told.view.subscribe((keys) => heard.push([...keys]))
  told.view.batch(() => {
    told.pod(BASIL, 'a')
    told.view.batch(() => told.pod(BASIL, 'b'))
  })
  expect(heard).toHaveLength(1)
  expect(heard[0]).toContain(WEB_ENDPOINTS)
  told.view.setVerdict(THYME, 'alive', 0)
  told.view.setProbe('nobody', 'answers')
  told.view.setPending(WEB, [])
  told.view.tick(T)
  expect(heard).toHaveLength(1)
  stop()
  told.pod(BASIL, 'c')
  expect(heard).toHaveLength(1)
})

test('[VIEW4] the version grows with every change', () => {
  const told = aCluster()
  const before = told.view.version
  told.pod(BASIL, 'a')
  expect(told.view.version).toBeGreaterThan(before)
})

test('[VIEW5] nodes that share a name are told apart, and get it back', () => {
  const told = new Told()
  told.node('12D3KooWaaaaAAAA', { name: 'basil' })
  expect(told.view.nodes().map(({ name }) => name)).toEqual(['basil'])
  told.node('12D3KooWbbbbBBBB', { name: 'basil' })
  expect(told.view.nodes().map(({ name }) => name)).toEqual(['basil', 'basil-bbbb'])
  expect(told.view.get('core/Node//basil-aaaa')).toBeUndefined()
  expect(told.view.get('core/Node//basil')?.metadata.annotations).toEqual({
    'shoal.dev/peer-id': '12D3KooWaaaaAAAA',
  })
  told.node('12D3KooWaaaaAAAA', undefined)
  expect(told.view.nodes().map(({ name }) => name)).toEqual(['basil'])
})

test('[VIEW5] a newcomer renames nobody: the member admitted first keeps the name, whoever is heard first', () => {
  const admitted = new Map([
    ['12D3KooWaaaaAAAA', 9],
    ['12D3KooWbbbbBBBB', 3],
  ])
  for (const order of [[...admitted.keys()], [...admitted.keys()].toReversed()]) {
    const told = new Told((node) => admitted.get(node) ?? 0)
    for (const node of order) told.node(node, { name: 'basil' })
    expect(Object.fromEntries(told.view.nodes().map(({ id, name }) => [id, name]))).toEqual({
      '12D3KooWaaaaAAAA': 'basil-aaaa',
      '12D3KooWbbbbBBBB': 'basil',
    })
  }
})

test('[VIEW5] ids with equal ends, and names that look like others made unique, are told apart too', () => {
  const told = new Told()
  told.node('12D3KooWxxxxAAAA', { name: 'basil' })
  told.node('12D3KooWyyyyAAAA', { name: 'basil' })
  told.node('12D3KooWzzzzCCCC', { name: 'basil-aaaa' })
  expect(new Set(told.view.nodes().map(({ name }) => name)).size).toBe(3)
})

test('[VIEW5] while no two nodes wish one name, a node that speaks has none of the others named anew', () => {
  let asked = 0
  const told = new Told(() => asked++)
  for (let index = 0; index < 100; index++) told.node(`12D3KooW${index}`, { name: `node-${index}` })
  for (let index = 0; index < 100; index++) told.node(`12D3KooW${index}`, { name: `node-${index}`, version: '2' })
  expect(told.view.nodes().map(({ name }) => name)).toContain('node-99')
  expect(asked).toBe(0)
  told.node('12D3KooWrival', { name: 'node-7' })
  expect(asked).toBe(101)
})

test('[VIEW6] a node nobody has judged is taken for alive', () => {
  const told = aCluster()
  expect(told.view.node(THYME)).toMatchObject({ verdict: 'alive', sinceMs: 0, isSelf: false })
  expect(told.view.node(BASIL)).toMatchObject({ isSelf: true })
  told.view.setVerdict(THYME, 'lost', T + 5)
  expect(told.view.node(THYME)).toMatchObject({ verdict: 'lost', sinceMs: T + 5 })
})

test('[VIEW6] verdicts come before records as well as after them', () => {
  const told = new Told()
  told.view.setVerdict(THYME, 'unreachable', T)
  told.node(THYME, {})
  told.pod(THYME, 'a')
  expect(told.view.nodes()[0]).toMatchObject({ verdict: 'unreachable' })
  expect(told.view.pods()[0]).toMatchObject({ verdict: 'unreachable', sinceMs: T })
})

test.each<[Partial<PodFact>, PodRow['verdict'], PodRow['probe'], string]>([
  [{ ready: true }, 'alive', undefined, 'True'],
  [{ ready: false }, 'alive', undefined, 'False'],
  [{ ready: true, stopping: true }, 'alive', undefined, 'False'],
  [{ ready: true }, 'unreachable', undefined, 'Unknown'],
  [{ ready: true }, 'lost', undefined, 'Unknown'],
  [{ ready: true }, 'agent-gone', undefined, 'True'],
  [{ ready: true }, 'agent-gone', 'answers', 'True'],
  [{ ready: true }, 'agent-gone', 'refused', 'False'],
  [{ ready: false }, 'agent-gone', 'answers', 'False'],
])('[VIEW7] a pod that says %j on a node that is %s, probe %s, is Ready: %s', (fact, verdict, probe, ready) => {
  const told = aCluster()
  told.pod(THYME, 'a', fact)
  told.view.setVerdict(THYME, verdict, T)
  told.view.setProbe('a', probe)
  const pod = told.view.list('', 'Pod')[0]
  expect(statusOf(pod).conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: ready })
  const isForsaken = verdict === 'unreachable' || verdict === 'lost' || probe === 'refused'
  expect(statusOf(pod)['reason']).toBe(isForsaken ? 'NodeLost' : undefined)
  expect(statusOf(told.view.get(WEB))['readyReplicas']).toBe(ready === 'True' ? 1 : undefined)
  const [subset = {}] = told.view.get(WEB_ENDPOINTS)!['subsets'] as Record<string, unknown[]>[]
  expect(Object.keys(subset)).toContain(ready === 'True' ? 'addresses' : 'notReadyAddresses')
})

test('[VIEW8] a pod has all that describe reads', () => {
  const told = aCluster()
  told.pod(THYME, 'a', {
    containers: [
      {
        name: 'web',
        image: 'nginx:1.27',
        ready: true,
        restarts: 2,
        id: 'process://7',
        now: { state: 'running', startedAtMs: T },
        last: { state: 'terminated', exitCode: 1, reason: 'Error', finishedAtMs: T },
      },
    ],
  })
  const pod = told.view.list('', 'Pod')[0]!
  const replicaSet = told.view.list('apps', 'ReplicaSet')[0]!
  expect(pod).toMatchObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      uid: 'a',
      namespace: 'default',
      creationTimestamp: '2026-09-21T14:13:21Z',
      labels: { app: 'web', 'pod-template-hash': told.web!.revision },
      ownerReferences: [
        { kind: 'ReplicaSet', name: replicaSet.metadata.name, uid: replicaSet.metadata.uid, controller: true },
      ],
    },
    spec: { nodeName: 'thyme', containers: [{ name: 'web', image: 'nginx:1.27' }], restartPolicy: 'Always' },
    status: {
      phase: 'Running',
      podIP: '127.64.0.1',
      hostIP: '127.0.0.1',
      startTime: '2026-09-21T14:13:22Z',
      qosClass: 'BestEffort',
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          restartCount: 2,
          containerID: 'process://7',
          state: { running: { startedAt: '2026-09-21T14:13:20Z' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        },
      ],
    },
  })
})

test('[VIEW8] a pod of an older revision is shown with the template of that revision', () => {
  const told = aCluster()
  const { revision } = told.web!
  told.pod(BASIL, 'a')
  told.object(aDeployment({ [`${CONTAINER}.image`]: 'nginx:2' }), { atMs: T + 1 })
  expect(told.web!.revision).not.toBe(revision)
  expect(told.view.list('', 'Pod')[0]).toMatchObject({
    metadata: { labels: { 'pod-template-hash': revision } },
    spec: { containers: [{ image: 'nginx:1.27' }] },
  })
})

test('[VIEW8] a pod whose template nobody kept, or whose Deployment is gone, is still shown', () => {
  const told = aCluster()
  told.pod(BASIL, 'a', { revision: 'zzzzzzzzzz' })
  expect(told.view.list('', 'Pod')[0]).toMatchObject({
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
  })
  told.gone(WEB)
  expect(told.view.list('', 'Pod')[0]).toMatchObject({ metadata: { labels: { 'pod-template-hash': 'zzzzzzzzzz' } } })
})

test('[VIEW8] a pod that is stopping has a deletion timestamp', () => {
  const told = aCluster()
  told.pod(BASIL, 'a', { stopping: true }, T + 60_000)
  expect(told.view.list('', 'Pod')[0]?.metadata.deletionTimestamp).toBe('2026-09-21T14:14:20Z')
})

test('[VIEW9] status counts live pods', () => {
  const told = aCluster()
  told.pod(BASIL, 'ready')
  told.pod(BASIL, 'starting', { ready: false, phase: 'Pending' })
  told.pod(BASIL, 'stopping', { stopping: true })
  told.pod(BASIL, 'failed', { phase: 'Failed', ready: false })
  told.pod(BASIL, 'old', { revision: 'zzzzzzzzzz' })
  told.pod(THYME, 'lost')
  told.view.setVerdict(THYME, 'lost', T)
  expect(statusOf(told.view.get(WEB))).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    unavailableReplicas: 1,
  })
})

test('[VIEW9] a pod that died with its agent counts no more, one that may live counts for 30 s', () => {
  const told = aCluster()
  for (const uid of ['a', 'b', 'c']) told.pod(BASIL, uid)
  told.pod(THYME, 'dead')
  told.pod(THYME, 'unasked')
  told.view.setVerdict(THYME, 'agent-gone', T)
  told.view.setProbe('dead', 'refused')
  expect(statusOf(told.view.get(WEB))).toMatchObject({ replicas: 4 })
  told.view.tick(T + AGENT_GRACE_MS)
  expect(statusOf(told.view.get(WEB))).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3 })
})

test('[VIEW9] counts that are zero are left out', () => {
  const told = aCluster({ 'spec.replicas': 0 })
  expect(Object.keys(statusOf(told.view.get(WEB)))).toEqual(['observedGeneration', 'conditions'])
})

describe('[VIEW10] conditions', () => {
  test('[VIEW10] Available allows for what may be unavailable', () => {
    const told = aCluster({ 'spec.replicas': 4 })
    for (const uid of ['a', 'b']) told.pod(BASIL, uid)
    expect(condition(told.view, 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' })
    told.pod(BASIL, 'c')
    expect(condition(told.view, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' })
  })

  test('[VIEW10] Progressing: moving, complete, paused', () => {
    const told = aCluster({ 'spec.replicas': 1 })
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' })
    told.pod(BASIL, 'a')
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
    told.object(aDeployment({ 'spec.replicas': 1, 'spec.paused': true }))
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' })
  })

  test('[VIEW10] a rollout that does not move is late, and that is told', () => {
    const told = aCluster({ 'spec.progressDeadlineSeconds': 60 })
    told.view.tick(T + 60_000)
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'True' })
    const heard: string[] = []
    told.view.subscribe((keys) => heard.push(...keys))
    told.view.tick(T + 60_001)
    expect(heard).toEqual([WEB])
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' })
    told.pod(BASIL, 'a', { claimedAtMs: T + 90_000 })
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'True' })
  })

  test('[VIEW10] a revision that was complete once is never late', () => {
    const told = aCluster({ 'spec.replicas': 1, 'spec.progressDeadlineSeconds': 60 })
    told.pod(BASIL, 'a', { claimedAtMs: T, readyAtMs: T })
    told.view.tick(T + 1000)
    told.pod(BASIL, 'a', { claimedAtMs: T, readyAtMs: T, ready: false })
    told.view.tick(T + 900_000)
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'True' })
    told.object(
      aDeployment({ 'spec.replicas': 1, 'spec.progressDeadlineSeconds': 60, [`${CONTAINER}.image`]: 'nginx:2' }),
      { atMs: T + 900_000 },
    )
    told.view.tick(T + 990_000)
    expect(condition(told.view, 'Progressing')).toMatchObject({ status: 'False' })
  })

  test('[VIEW10] a pod is available when it was ready for long enough, and that is told', () => {
    const told = aCluster({ 'spec.replicas': 1, 'spec.minReadySeconds': 10 })
    told.pod(BASIL, 'a', { readyAtMs: T })
    told.view.tick(T + 9_999)
    expect(statusOf(told.view.get(WEB))).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 })
    const replicaSet = told.view.list('apps', 'ReplicaSet')[0]!
    const heard = new Set<string>()
    told.view.subscribe((keys) => keys.forEach((key) => heard.add(key)))
    told.view.tick(T + 10_000)
    expect(heard).toEqual(new Set([WEB, keyFor(replicaSet)]))
    expect(statusOf(told.view.get(WEB))).toMatchObject({ availableReplicas: 1 })
    expect(statusOf(told.view.get(keyFor(replicaSet)))).toMatchObject({ availableReplicas: 1 })
  })
})

test('[VIEW11] every revision is a ReplicaSet', () => {
  const told = aCluster()
  told.pod(BASIL, 'a')
  told.object(aDeployment({ [`${CONTAINER}.image`]: 'nginx:2' }), { atMs: T + 1 })
  const revisions = told.view
    .list('apps', 'ReplicaSet')
    .map(({ metadata, ...rest }) => ({ number: metadata.annotations?.['deployment.kubernetes.io/revision'], ...rest }))
  expect(revisions.toSorted((left, right) => Number(left.number) - Number(right.number))).toMatchObject([
    {
      number: '1',
      spec: { replicas: 1, template: { spec: { containers: [{ image: 'nginx:1.27' }] } } },
      status: { replicas: 1, readyReplicas: 1 },
    },
    {
      number: '2',
      spec: { replicas: 3, template: { spec: { containers: [{ image: 'nginx:2' }] } } },
      status: { replicas: 0 },
    },
  ])
  expect(told.view.get(WEB)?.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '2' })
  told.gone(WEB)
  expect(told.view.list('apps', 'ReplicaSet')).toEqual([])
})

describe('[VIEW12] endpoints', () => {
  const ips = (told: Told): string[] => told.view.endpoints(WEB_SERVICE).map(({ podUid }) => podUid)

  test('[VIEW12] pods with an address whose labels are selected', () => {
    const told = aCluster()
    told.pod(BASIL, 'a')
    told.pod(THYME, 'b', { ready: false })
    told.pod(THYME, 'c', { podIP: '' })
    told.pod(THYME, 'd', { phase: 'Failed' })
    expect(told.view.endpoints(WEB_SERVICE)).toMatchObject([
      { podUid: 'a', node: BASIL, podIP: '127.64.0.1', ports: { '': 8080 }, ready: true, verdict: 'alive' },
      { podUid: 'b', node: THYME, ready: false },
    ])
    expect(told.view.endpoints(WEB_SERVICE)).toBe(told.view.endpoints(WEB_SERVICE))
  })

  test('[VIEW12] selection follows the Service, the template and the namespace', () => {
    const told = aCluster()
    told.pod(BASIL, 'a')
    expect(ips(told)).toEqual(['a'])
    told.object(aService({ 'spec.selector': { app: 'other' } }))
    expect(ips(told)).toEqual([])
    told.object(aService({ 'spec.selector': { app: 'web', 'pod-template-hash': told.web!.revision } }))
    expect(ips(told)).toEqual(['a'])
    told.object(aDeployment({ [`${CONTAINER}.image`]: 'nginx:2' }), { atMs: T + 1 })
    expect(ips(told)).toEqual(['a'])
    told.object(aService({ 'spec.selector': undefined }))
    expect(ips(told)).toEqual([])
    told.object(aService({ 'metadata.namespace': 'prod' }))
    expect(told.view.endpoints('core/Service/prod/web')).toEqual([])
  })

  test('[VIEW12] pods that were known before their Deployment become endpoints with it, and that is told', () => {
    const told = new Told()
    told.object(aService())
    told.pod(BASIL, 'a')
    expect(ips(told)).toEqual([])
    const heard: string[] = []
    told.view.subscribe((keys) => heard.push(...keys))
    told.object(aDeployment())
    expect(ips(told)).toEqual(['a'])
    expect(heard).toContain(WEB_ENDPOINTS)
  })

  test('[VIEW12] pods of a Deployment that is gone are no endpoints', () => {
    const told = aCluster()
    told.pod(BASIL, 'a')
    told.gone(WEB)
    expect(ips(told)).toEqual([])
  })

  test('[VIEW12] a named port is that of the pod of that revision', () => {
    const told = aCluster()
    const { revision } = told.web!
    told.object(aDeployment({ [`${CONTAINER}.ports`]: [{ name: 'http', containerPort: 9090 }] }), { atMs: T + 1 })
    told.pod(BASIL, 'new')
    told.pod(BASIL, 'old', { revision })
    told.pod(BASIL, 'unknown', { revision: 'zzzzzzzzzz' })
    expect(told.view.endpoints(WEB_SERVICE).map(({ podUid, ports }) => [podUid, ports])).toEqual([
      ['new', { '': 9090 }],
      ['old', { '': 8080 }],
      ['unknown', {}],
    ])
  })

  test('[VIEW12] a named port may be that of a sidecar, never of a container that has ended', () => {
    const told = aCluster()
    const proxy = { name: 'proxy', image: 'x', ports: [{ name: 'http', containerPort: 9191 }] }
    const initContainers = 'spec.template.spec.initContainers'
    told.object(aDeployment({ [initContainers]: [{ ...proxy, restartPolicy: 'Always' }] }), { atMs: T + 1 })
    told.pod(BASIL, 'new')
    expect(told.view.endpoints(WEB_SERVICE).map(({ ports }) => ports)).toEqual([{ '': 9191 }])
    told.object(aDeployment({ [initContainers]: [proxy] }), { atMs: T + 2 })
    told.pod(BASIL, 'newer')
    expect(told.view.endpoints(WEB_SERVICE).find(({ podUid }) => podUid === 'newer')?.ports).toEqual({ '': 8080 })
  })

  test('[VIEW30] a pod that is being initialised says which containers it waits for', () => {
    const told = aCluster()
    const done = { ...aPodFact().containers[0]!, name: 'migrate' }
    const fact = { initContainers: [done, { ...done, name: 'proxy', ready: false, starting: true as const }] }
    told.pod(BASIL, 'a', { ...fact, phase: 'Pending', ready: false })
    const statusOf = () => told.view.list('core', 'Pod')[0]?.status as { conditions: { type: string }[] }
    const initialized = () => statusOf().conditions.find(({ type }) => type === 'Initialized')
    expect(statusOf()).toMatchObject({
      initContainerStatuses: [
        { name: 'migrate', started: true },
        { name: 'proxy', ready: false, started: false },
      ],
    })
    expect(initialized()).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [proxy]',
    })
    told.pod(BASIL, 'a', { ...fact, initialized: true })
    expect(initialized()).toMatchObject({ status: 'True' })
  })

  test('[VIEW12] as the API shows them', () => {
    const told = aCluster()
    told.pod(BASIL, 'a')
    told.pod(THYME, 'b', { ready: false, podIP: '127.64.0.2' })
    expect(told.view.get(WEB_ENDPOINTS)).toMatchObject({
      subsets: [
        {
          addresses: [{ ip: '127.64.0.1', nodeName: 'basil', targetRef: { kind: 'Pod', uid: 'a' } }],
          notReadyAddresses: [{ ip: '127.64.0.2', nodeName: 'thyme' }],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
    })
  })
})

describe('[VIEW31] endpoint slices', () => {
  const SLICE = 'discovery.k8s.io/EndpointSlice/default/web-1'

  test('[VIEW31] the pods of a Service by its label, each ready, serving or ending', () => {
    const told = aCluster()
    told.pod(BASIL, 'a')
    told.pod(THYME, 'b', { ready: false, podIP: '127.64.0.2' })
    told.pod(THYME, 'c', { podIP: '127.64.0.3', stopping: true })
    told.pod(THYME, 'd', { podIP: 'fd00::1' })
    expect(told.view.keys('discovery.k8s.io', 'EndpointSlice')).toEqual([SLICE])
    const { uid } = told.view.get(WEB_SERVICE)!.metadata
    expect(told.view.get(SLICE)).toMatchObject({
      apiVersion: 'discovery.k8s.io/v1',
      metadata: {
        name: 'web-1',
        labels: { 'kubernetes.io/service-name': 'web' },
        ownerReferences: [{ kind: 'Service', name: 'web', uid }],
      },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['127.64.0.1'], nodeName: 'basil', targetRef: { kind: 'Pod', uid: 'a' }, conditions: { ready: true, serving: true, terminating: false } }, // prettier-ignore
        { addresses: ['127.64.0.2'], conditions: { ready: false, serving: false, terminating: false } },
        { addresses: ['127.64.0.3'], conditions: { ready: false, serving: true, terminating: true } },
      ],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    })
  })

  test('[VIEW31] it changes with its pods, is told, and goes with its Service', () => {
    const told = aCluster()
    const before = told.view.get(SLICE)!.metadata.resourceVersion
    const heard: string[] = []
    told.view.subscribe((keys) => heard.push(...keys))
    told.pod(BASIL, 'a')
    expect(heard).toContain(SLICE)
    expect(told.view.get(SLICE)!.metadata.resourceVersion).not.toBe(before)
    told.gone(WEB_SERVICE)
    expect([told.view.get(SLICE), told.view.keys('discovery.k8s.io', 'EndpointSlice')]).toEqual([undefined, []])
  })

  test.each(['web', 'web-2', '-1', 'web-1-1'])('[VIEW31] there is no slice called %s', (name) => {
    const told = aCluster()
    expect(told.view.get(`discovery.k8s.io/EndpointSlice/default/${name}`)).toBeUndefined()
  })
})

test('[VIEW13] a node port belongs to the older Service, the other says so', () => {
  const told = new Told()
  const service = (name: string) =>
    aService({ 'metadata.name': name, 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 30_080 }] })
  told.object(service('young'), { createdAt: '2026-09-21T10:00:00Z' })
  expect(told.view.service('core/Service/default/young')?.ports).toMatchObject([{ nodePort: 30_080 }])
  told.object(service('old'), { createdAt: '2026-09-21T09:00:00Z' })
  expect(told.view.service('core/Service/default/young')?.ports).toMatchObject([{ clash: 'core/Service/default/old' }])
  expect(told.view.service('core/Service/default/young')?.ports[0]).not.toHaveProperty('nodePort')
  expect(statusOf(told.view.get('core/Service/default/young')).conditions).toMatchObject([
    { type: 'NodePortClash', message: expect.stringContaining('default/old') },
  ])
  expect(told.view.nodePortsTaken()).toEqual(new Set([30_080]))
  told.gone('core/Service/default/old')
  expect(told.view.service('core/Service/default/young')?.ports).toMatchObject([{ nodePort: 30_080 }])
  expect(told.view.nodePortsTaken('core/Service/default/young')).toEqual(new Set())
})

test('[VIEW13] ties fall to the lower uid', () => {
  const told = new Told()
  const service = (name: string) =>
    aService({ 'metadata.name': name, 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 30_080 }] })
  told.object(service('a'), { uid: '2' })
  told.object(service('b'), { uid: '1' })
  expect(told.view.services().map(({ name, ports }) => [name, ports[0]?.nodePort])).toEqual([
    ['a', undefined],
    ['b', 30_080],
  ])
})

test('[VIEW14] of two pods with one name the older claim is shown', () => {
  const told = aCluster()
  told.pod(BASIL, 'young', { name: 'web-same', claimedAtMs: T + 2 })
  told.pod(THYME, 'old', { name: 'web-same', claimedAtMs: T + 1 })
  expect(told.view.list('', 'Pod').map(({ metadata }) => metadata.uid)).toEqual(['old'])
  expect(told.view.pods()).toHaveLength(2)
  told.podGone(THYME, 'old')
  expect(told.view.list('', 'Pod').map(({ metadata }) => metadata.uid)).toEqual(['young'])
  told.pod(THYME, 'other', { name: 'web-same', claimedAtMs: T + 2 })
  expect(told.view.list('', 'Pod').map(({ metadata }) => metadata.uid)).toEqual(['other'])
})

test('[VIEW14] of two records of one pod that of a node that is not lost is shown, whatever it says and whichever came first', () => {
  const shownOn = (...told: ((to: ReturnType<typeof aCluster>) => void)[]): string | undefined => {
    const to = aCluster()
    for (const tell of told) tell(to)
    const [pod] = to.view.list('', 'Pod') as { spec?: { nodeName?: string } }[]
    return pod?.spec?.nodeName
  }
  for (const [former, heir] of [
    [BASIL, THYME],
    [THYME, BASIL],
  ] as const) {
    const before = (to: ReturnType<typeof aCluster>): void => to.pod(former, 'a', { startedAtMs: T + 9 })
    const after = (to: ReturnType<typeof aCluster>): void => to.pod(heir, 'a', { startedAtMs: T, stopping: true })
    const lost = (to: ReturnType<typeof aCluster>): void => to.view.setVerdict(former, 'lost', T)
    const name = heir === BASIL ? 'basil' : 'thyme'
    expect(shownOn(before, after, lost)).toBe(name)
    expect(shownOn(lost, after, before)).toBe(name)
    const both = (to: ReturnType<typeof aCluster>): void => to.view.setVerdict(heir, 'lost', T)
    expect(shownOn(before, after, lost, both)).not.toBe(name)
  }
})

test('[VIEW14] a node that reports the uid of another hides nothing', () => {
  const told = aCluster()
  told.pod(BASIL, 'a')
  told.pod(THYME, 'a', { name: 'web-liar', claimedAtMs: 1 })
  told.podGone(THYME, 'a')
  expect(told.view.pods().map(({ node }) => node)).toEqual([BASIL])
})

test('[VIEW15] a slot that nobody takes is a pending pod with the reason', () => {
  const told = aCluster()
  const slot = {
    revision: told.web!.revision,
    index: 2,
    sinceMs: T,
    reason: 'Unschedulable',
    message: '0/2 nodes: basil has no room; thyme is tainted',
  }
  told.view.setPending(WEB, [slot])
  const pod = told.view.list('', 'Pod')[0]!
  expect(pod).toMatchObject({
    metadata: { name: expect.stringMatching(new RegExp(`^web-${slot.revision}-[a-z0-9]{5}$`)), labels: { app: 'web' } },
    spec: { containers: [{ image: 'nginx:1.27' }] },
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: slot.message }],
    },
  })
  expect(told.view.get(keyFor(pod))).toBe(pod)
  expect(condition(told.view, 'ReplicaFailure')).toMatchObject({
    status: 'True',
    reason: 'Unschedulable',
    message: slot.message,
  })
  told.view.setPending(WEB, [])
  expect(told.view.list('', 'Pod')).toEqual([])
  expect(condition(told.view, 'ReplicaFailure')).toBeUndefined()
})

test('[VIEW16] the internal part is never shown, defaults are', () => {
  const told = aCluster()
  expect(told.view.stored(WEB)?.object).toHaveProperty('shoal')
  expect(told.view.get(WEB)).not.toHaveProperty('shoal')
  const bare = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: aDeployment()['spec'],
  }
  told.view.objectChanged(WEB, { key: WEB, object: bare, life: 1, changedAtMs: T, heads: [] })
  expect(told.view.get(WEB)).toMatchObject({ spec: { strategy: { type: 'RollingUpdate' } } })
  expect(told.web).toMatchObject({ template: { spec: { terminationGracePeriodSeconds: 30 } } })
})

test('[VIEW17] versions are decimal, below 2^63, and the same for those who know the same', () => {
  const [one, other] = [aCluster(), aCluster()]
  for (const told of [one, other]) told.pod(BASIL, 'a', {}, T + 5)
  for (const [group, kind] of KINDS) {
    const versions = one.view.list(group, kind).map(({ metadata }) => metadata.resourceVersion!)
    expect(versions).toEqual(other.view.list(group, kind).map(({ metadata }) => metadata.resourceVersion))
    for (const version of versions) {
      expect(version).toMatch(/^(0|[1-9]\d*)$/)
      expect(BigInt(version)).toBeLessThan(2n ** 63n)
    }
  }
})

test('[VIEW18] a version is current until somebody writes the object', () => {
  const told = aCluster()
  const before = told.view.get(WEB)!.metadata.resourceVersion!
  told.pod(BASIL, 'a')
  expect(told.view.get(WEB)!.metadata.resourceVersion).not.toBe(before)
  expect(told.view.isCurrent(WEB, before)).toBe(true)
  expect(told.view.isCurrent(WEB, '12345')).toBe(false)
  told.object(aDeployment({ 'spec.replicas': 5 }), { atMs: T + 1 })
  expect(told.view.isCurrent(WEB, before)).toBe(false)
})

test('[VIEW19] lists are in order and filtered', () => {
  const told = aCluster()
  told.object(aDeployment({ 'metadata.name': 'web-2', 'metadata.labels': { tier: 'front' } }))
  told.object(aDeployment({ 'metadata.name': 'api', 'metadata.namespace': 'prod' }))
  told.pod(THYME, 'a')
  const names = (...list: Parameters<View['list']>): string[] =>
    told.view.list(...list).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  expect(names('apps', 'Deployment')).toEqual(['default/web', 'default/web-2', 'prod/api'])
  expect(names('apps', 'Deployment', { namespace: 'prod' })).toEqual(['prod/api'])
  expect(names('apps', 'Deployment', { namespace: 'pro' })).toEqual([])
  expect(names('apps', 'Deployment', { labels: { matchLabels: { tier: 'front' } } })).toEqual(['default/web-2'])
  expect(names('apps', 'Deployment', { fields: { 'metadata.name': 'api' } })).toEqual(['prod/api'])
  expect(names('', 'Pod', { fields: { 'spec.nodeName': 'thyme', 'status.phase': 'Running' } })).toHaveLength(1)
  expect(names('', 'Pod', { fields: { 'spec.nodeName': 'basil' } })).toEqual([])
  expect(names('example.com', 'Thing')).toEqual([])
})

test('[VIEW20] the namespace default is always there', () => {
  const told = new Told()
  expect(told.view.list('', 'Namespace')).toMatchObject([
    { metadata: { name: 'default' }, status: { phase: 'Active' } },
  ])
  told.object(aNamespace('default'))
  told.object(aNamespace('team'))
  expect(told.view.list('', 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['default', 'team'])
  told.gone('core/Namespace//default')
  expect(told.view.get('core/Namespace//default')).toBeDefined()
})

test('[SA2] each namespace has a ServiceAccount default, as long as it is there', () => {
  const told = new Told()
  const accounts = (): string[] =>
    told.view.list('', 'ServiceAccount').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  expect(accounts()).toEqual(['default/default'])
  const heard: string[] = []
  told.view.subscribe((keys) => heard.push(...keys))
  told.object(aNamespace('team'))
  expect(heard).toContain('core/ServiceAccount/team/default')
  told.object(aServiceAccount())
  expect(accounts()).toEqual(['default/builder', 'default/default', 'team/default'])
  told.object(aServiceAccount({ 'metadata.name': 'default', imagePullSecrets: [{ name: 'hub' }] }))
  expect(told.view.get('core/ServiceAccount/default/default')).toMatchObject({ imagePullSecrets: [{ name: 'hub' }] })
  told.gone('core/ServiceAccount/default/default')
  told.gone('core/Namespace//team')
  expect(accounts()).toEqual(['default/builder', 'default/default'])
  expect(told.view.get('core/ServiceAccount/team/default')).toBeUndefined()
})

test('[VIEW21] bids are read by workload and told under their own key', () => {
  const told = aCluster()
  const heard: string[] = []
  told.view.subscribe((keys) => heard.push(...keys))
  const bid: BidFact = { workload: WEB, revision: told.web!.revision, auction: 'x', curve: [1], parts: {} }
  told.bid(THYME, bid)
  told.bid(BASIL, { ...bid, curve: [] })
  expect(heard).toEqual([bidKey(WEB), bidKey(WEB)])
  expect(told.view.bidsOf(WEB).map(({ node, fact }) => [node, fact.curve])).toEqual([
    [BASIL, []],
    [THYME, [1]],
  ])
  told.bid(THYME, undefined)
  expect(told.view.bidsOf(WEB)).toHaveLength(1)
  expect(told.view.bidsOf('apps/Deployment/default/none')).toEqual([])
})

test.each([
  [3, {}, { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 }],
  [
    10,
    { rollingUpdate: { maxSurge: '50%', maxUnavailable: 2 } },
    { type: 'RollingUpdate', maxSurge: 5, maxUnavailable: 2 },
  ],
  [
    3,
    { rollingUpdate: { maxSurge: 0, maxUnavailable: '10%' } },
    { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 },
  ],
  [2, { rollingUpdate: { maxSurge: 0, maxUnavailable: 9 } }, { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 2 }],
  [4, { type: 'Recreate' }, { type: 'Recreate', maxSurge: 0, maxUnavailable: 4 }],
])('[VIEW22] %d replicas with the strategy %j may move %j', (replicas, strategy, counts) => {
  const told = aCluster({ 'spec.replicas': replicas, 'spec.strategy': strategy })
  expect(told.web!.strategy).toEqual(counts)
})

test('[VIEW22] a merged template that nobody wrote is a revision like any other', () => {
  const told = aCluster()
  const stored = told.view.stored(WEB)!
  const merged = aDeployment({ [`${CONTAINER}.image`]: 'nginx:merged' })
  told.view.objectChanged(WEB, { ...stored, object: { ...stored.object, spec: merged['spec'] } })
  expect(told.web).toMatchObject({ current: { number: 2, createdMs: 0 }, older: [{ number: 1 }] })
  expect(told.web!.revision).toBe(told.web!.current.hash)
  expect(told.view.list('apps', 'ReplicaSet')).toHaveLength(2)
})

test('[VIEW33] a list of pods that wait takes time as they are many, not as their square', () => {
  const list = (size: number): void => {
    const told = aCluster({ 'spec.replicas': size })
    const { revision } = told.web!
    const waiting = { sinceMs: T, reason: 'Unschedulable', message: 'no room' }
    told.view.setPending(
      WEB,
      Array.from({ length: size }, (_, index) => ({ revision, index, ...waiting })),
    )
    expect(told.view.list('', 'Pod')).toHaveLength(size)
  }
  expect(growth(list, { size: 300, times: 10 })).toBeLessThan(50)
})

describe('a Pod that somebody wrote', () => {
  const alone = (changes: Record<string, unknown> = {}): Told => {
    const told = new Told()
    told.node(BASIL, { name: 'basil' })
    told.object(aPod(changes))
    return told
  }
  const pod = ({ view }: Told) => view.get(LONE) as (KubeObject & { spec: object; status: object }) | undefined
  const runs = (told: Told, fact: Partial<PodFact> = {}): void => {
    const { revision } = told.view.workload(LONE)!
    told.pod(BASIL, 'u1', { name: 'lone', workload: LONE, revision, ...fact })
  }

  test('[VIEW23] waits until a node has it', () => {
    const told = alone()
    expect(pod(told)).toMatchObject({ metadata: { uid: 'uid-lone' }, status: { phase: 'Pending' } })
    const { revision } = told.view.workload(LONE)!
    told.view.setPending(LONE, [{ revision, index: 0, sinceMs: T, reason: 'Unschedulable', message: 'no room' }])
    expect(pod(told)).toMatchObject({ status: { conditions: [{ type: 'PodScheduled', message: 'no room' }] } })
    expect(told.view.list('', 'Pod')).toHaveLength(1)
  })

  test('[VIEW23] is shown as it was written, with the state its node reports, once and without a ReplicaSet', () => {
    const told = alone({ 'metadata.annotations': { note: 'mine' } })
    runs(told)
    expect(told.view.list('', 'Pod')).toHaveLength(1)
    expect(told.view.list('apps', 'ReplicaSet')).toEqual([])
    expect(pod(told)).toMatchObject({
      metadata: {
        name: 'lone',
        uid: 'uid-lone',
        labels: { app: 'web' },
        annotations: { note: 'mine', 'shoal.dev/runtime': 'process' },
      },
      spec: { nodeName: 'basil', restartPolicy: 'Always' },
      status: { phase: 'Running', podIP: '127.64.0.1' },
    })
    expect(pod(told)?.metadata).not.toHaveProperty('ownerReferences')
    expect(pod(told)?.metadata.labels).not.toHaveProperty('pod-template-hash')
  })

  test('[VIEW23] its version moves with what its node reports', () => {
    const told = alone()
    const versions = [pod(told)?.metadata.resourceVersion]
    runs(told, { ready: false, phase: 'Pending' })
    versions.push(pod(told)?.metadata.resourceVersion)
    runs(told)
    versions.push(pod(told)?.metadata.resourceVersion)
    expect(new Set(versions).size).toBe(3)
  })

  test('[VIEW23] stands behind Services by the labels it has now', () => {
    const told = alone()
    told.object(aService())
    runs(told)
    expect(told.view.endpoints(WEB_SERVICE)).toMatchObject([{ podName: 'lone', ports: { '': 8080 } }])
    told.object(aPod({ 'metadata.labels': { app: 'other' } }), { atMs: T + 1 })
    expect(told.view.endpoints(WEB_SERVICE)).toEqual([])
  })

  test('[VIEW23] is where the oldest claim is that still counts', () => {
    const told = alone()
    runs(told)
    const { revision } = told.view.workload(LONE)!
    told.node(THYME, { name: 'thyme' })
    told.pod(THYME, 'u2', { name: 'lone', workload: LONE, revision, claimedAtMs: T + 60_000 })
    expect(pod(told)?.spec).toMatchObject({ nodeName: 'basil' })
    told.view.setVerdict(BASIL, 'agent-gone', T)
    told.view.tick(T + AGENT_GRACE_MS - 1)
    expect(pod(told)?.spec).toMatchObject({ nodeName: 'basil' })
    told.view.setVerdict(BASIL, 'lost', T + 1)
    expect(pod(told)?.spec).toMatchObject({ nodeName: 'thyme' })
  })

  test('[VIEW23] is on its way out while its node stops it, and its successor has the name at once', () => {
    const told = alone()
    runs(told)
    told.gone(LONE)
    runs0(told)
    expect(pod(told)?.metadata).toMatchObject({ uid: 'uid-lone', deletionTimestamp: expect.any(String) as string })
    told.object(aPod(), { uid: 'uid-2', atMs: T + 1 })
    told.pod(THYME, 'u2', {
      name: 'lone',
      workload: LONE,
      revision: told.view.workload(LONE)!.revision,
      podIP: '127.64.0.2',
    })
    expect(pod(told)).toMatchObject({ metadata: { uid: 'uid-2' }, status: { podIP: '127.64.0.2' } })
    expect(pod(told)?.metadata).not.toHaveProperty('deletionTimestamp')
  })

  const runs0 = (told: Told): void =>
    told.pod(BASIL, 'u1', {
      name: 'lone',
      workload: LONE,
      ofPod: 'uid-lone',
      revision: 'bcdfghjklm',
      stopping: true,
      ready: false,
    })
})

test('[PSS5] a row knows what its namespace enforces, and changes with its label', () => {
  const told = aCluster()
  const level = () => told.view.workload(WEB)?.podSecurity
  expect(level()).toBe('baseline')
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' }
  const touched = new Set<string>()
  told.view.subscribe((keys) => keys.forEach((key) => touched.add(key)))
  told.object({ ...aNamespace('default'), metadata: { name: 'default', labels } })
  expect([level(), touched.has(WEB)]).toEqual(['privileged', true])
  touched.clear()
  told.object({ ...aNamespace('other'), metadata: { name: 'other', labels } })
  expect(touched.has(WEB)).toBe(false)
  told.gone('core/Namespace//default')
  expect(level()).toBe('baseline')
})

test('[REB4] the annotation shoal.dev/rebalance: "off" holds on a Deployment and on its namespace', () => {
  const told = aCluster()
  const may = () => told.view.workload(WEB)?.mayRebalance
  const off = { 'shoal.dev/rebalance': 'off' }
  const namespace = (annotations: Record<string, string>) =>
    told.object({ ...aNamespace('default'), metadata: { name: 'default', annotations } })
  expect(may()).toBe(true)
  namespace(off)
  expect(may()).toBe(false)
  namespace({ 'shoal.dev/rebalance': 'on' })
  expect(may()).toBe(true)
  const deployment = told.view.stored(WEB)!.object
  told.object({ ...deployment, metadata: { ...deployment.metadata, annotations: off } })
  expect(may()).toBe(false)
  namespace(off)
  told.object(deployment)
  expect(may()).toBe(false)
})
