import { describe, expect, test } from 'vitest'
import { aPod } from '../control/sample.ts'
import { cronTab, CRON_TABS, cronTabs, defined, DEFINITIONS } from './custom/testing.ts'
import { swept } from './split-testing.ts'
import { aNodeFact, Asker, deployment, DEPLOYMENTS, OTHER, type Loose } from './testing.ts'

const MERGE = 'application/merge-patch+json'
const APPLY = 'application/apply-patch+yaml'
const FINALIZERS = ['example.com/a', 'example.com/b']
const AT_NOON = '2026-11-21T12:00:00Z'

const core = (plural: string, namespace = 'default'): string => `/api/v1/namespaces/${namespace}/${plural}`
const CONFIG_MAPS = core('configmaps')
const PODS = core('pods')
const NAMESPACES = '/api/v1/namespaces'

const configMap = (name = 'x', metadata: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data: { a: 'b' },
})

const pod = (metadata: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x', labels: { app: 'x' }, ...metadata },
  spec: { terminationGracePeriodSeconds: 7, containers: [{ name: 'web', image: 'nginx:1.29' }] },
})

/** One of each kind that people write. */
const KINDS: readonly (readonly [collection: string, object: Loose])[] = [
  [DEPLOYMENTS, deployment('x')],
  [core('services'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } }],
  [NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }],
  [PODS, pod()],
  [CONFIG_MAPS, configMap()],
  [core('serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'x' } }],
  [core('secrets'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'Opaque', data: { a: 'Yg==' } }],
  [
    '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'x' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
    },
  ],
  [
    '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x' },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } },
    },
  ],
  [DEFINITIONS, cronTabs()],
  [CRON_TABS, cronTab('x')],
]

const withFinalizers = (object: Loose, finalizers: readonly string[] = FINALIZERS): Loose => ({
  ...object,
  metadata: { ...object.metadata, finalizers },
})

interface Held {
  readonly asker: Asker
  readonly path: string
  patch(metadata: Loose): Promise<Loose>
  shown(): Promise<Loose>
}

/** An object that is there, and has finalizers. */
async function held(collection: string, object: Loose, finalizers?: readonly string[]): Promise<Held> {
  const asker = collection === CRON_TABS ? await defined() : new Asker()
  const made = await asker.ask(`POST ${collection}`, { body: withFinalizers(object, finalizers) })
  expect([made.status, made.response.warnings.filter((each) => each.includes('finalizers'))]).toEqual([201, []])
  const path = `${collection}/${object.metadata.name}`
  return {
    asker,
    path,
    patch: (metadata) => asker.ask(`PATCH ${path}`, { body: { metadata }, contentType: MERGE }),
    shown: () => asker.ask(`GET ${path}`),
  }
}

describe.each(KINDS)('of %s', (collection, object) => {
  test('[FIN1] what has finalizers is marked, and goes with the last of them', async () => {
    const { asker, path, patch, shown } = await held(collection, object)
    const deleted = await asker.ask(`DELETE ${path}`)
    expect([deleted.status, deleted.value.kind]).toEqual([200, object.kind])
    expect(deleted.value.metadata).toMatchObject({ deletionTimestamp: AT_NOON, finalizers: expect.arrayContaining(FINALIZERS) as string[] }) // prettier-ignore
    expect((await patch({ finalizers: ['example.com/b'] })).status).toBe(200)
    const { deletionTimestamp, finalizers } = (await shown()).value.metadata
    expect([deletionTimestamp, finalizers.filter((each: string) => FINALIZERS.includes(each))]).toEqual([AT_NOON, ['example.com/b']]) // prettier-ignore
    expect((await patch({ finalizers: null })).status).toBe(200)
    expect((await shown()).status).toBe(404)
    expect((await asker.ask(`POST ${collection}`, { body: object })).status).toBe(201)
    expect((await shown()).value.metadata.deletionTimestamp).toBeUndefined()
  })

  test('[FIN2] the mark stays whatever is written, and tells of the first delete', async () => {
    const { asker, path, patch, shown } = await held(collection, object)
    await asker.ask(`DELETE ${path}`)
    asker.backend.nowMs += 60_000
    const before = asker.backend.writes.length
    expect((await asker.ask(`DELETE ${path}`)).status).toBe(200)
    expect(asker.backend.writes).toHaveLength(before)
    expect((await patch({ deletionTimestamp: null, labels: { a: 'b' } })).status).toBe(200)
    const { value } = await shown()
    const { deletionTimestamp: _, ...metadata } = value.metadata
    expect((await asker.ask(`PUT ${path}`, { body: { ...value, metadata } })).status).toBe(200)
    const applied = { apiVersion: object.apiVersion, kind: object.kind, metadata: { name: object.metadata.name, annotations: { c: 'd' } } } // prettier-ignore
    if (collection !== CRON_TABS)
      expect((await asker.ask(`PATCH ${path}?fieldManager=ada`, { body: applied, contentType: APPLY })).status).toBe(200) // prettier-ignore
    expect((await shown()).value.metadata.deletionTimestamp).toBe(AT_NOON)
    const again = await asker.ask(`POST ${collection}`, { body: object })
    expect([again.status, again.value['message']]).toEqual([409, expect.stringMatching(/^object is being deleted: .* already exists$/)]) // prettier-ignore
  })

  test('[FIN3] new finalizers on what is being deleted are refused in the words of kube-apiserver', async () => {
    const { asker, path, patch } = await held(collection, object)
    expect((await patch({ finalizers: [...FINALIZERS, 'example.com/c'] })).status).toBe(200)
    await asker.ask(`DELETE ${path}`)
    const { status, value } = await patch({ finalizers: ['example.com/a', 'example.com/e', 'example.com/d'] })
    const message = 'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/d", "example.com/e"}' // prettier-ignore
    expect([status, value.message]).toEqual([422, expect.stringContaining(`metadata.finalizers: ${message}`)])
    expect(value.details.causes).toEqual([{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', message }])
  })

  test('[FIN7] one without them is removed by one write, and says nothing of deletions', async () => {
    const asker = collection === CRON_TABS ? await defined() : new Asker()
    await asker.ask(`POST ${collection}`, { body: object })
    const stored = [...asker.backend.replica.envelopes()].length
    asker.backend.writes = []
    const path = `${collection}/${object.metadata.name}`
    expect((await asker.ask(`DELETE ${path}`)).value.kind).toBe('Status')
    expect(asker.backend.writes.map(({ type }) => type)).toEqual(['remove'])
    expect([...asker.backend.replica.envelopes()]).toHaveLength(stored + 1)
    expect((await asker.ask(`GET ${path}`)).status).toBe(404)
  })
})

/** A Deployment with one pod, `u`, on another node. */
async function withPod(): Promise<{ asker: Asker; workload: string }> {
  const asker = new Asker()
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  const workload = 'apps/Deployment/default/web'
  const { revision } = asker.backend.view.workload(workload)!
  asker.backend.said(OTHER, 'node', aNodeFact('basil'))
  asker.backend.said(OTHER, 'pod/u', aPod(OTHER, { uid: 'u', workload, revision, ready: true }).fact)
  return { asker, workload }
}

describe('[FIN2] what a delete asks for is read from the last of them', () => {
  test('a Deployment that waits works on, and can be scaled', async () => {
    const { asker, path, shown } = await held(DEPLOYMENTS, deployment('x'))
    await asker.ask(`DELETE ${path}`)
    const body = { spec: { replicas: 5 } }
    expect((await asker.ask(`PATCH ${path}/scale`, { body, contentType: MERGE })).status).toBe(200)
    expect((await shown()).value).toMatchObject({ metadata: { deletionTimestamp: AT_NOON }, spec: { replicas: 5 } })
    const { replicas, isEnding } = asker.backend.view.workload('apps/Deployment/default/x')!
    expect([replicas, isEnding]).toEqual([5, false])
  })

  test('a Secret whose contents are kept, too', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, type: 'Opaque', data: { a: 'Yg==' } }
    const { asker, path, shown } = await held(core('secrets'), secret)
    await asker.ask(`DELETE ${path}`)
    await asker.ask(`PATCH ${path}`, { body: { data: { a: 'Yw==' } }, contentType: MERGE })
    expect((await shown()).value).toMatchObject({ metadata: { deletionTimestamp: AT_NOON }, data: { a: 'Yw==' } })
  })
})

describe('a Pod that somebody wrote', () => {
  const KEY = 'core/Pod/default/x'

  /** As its node says. */
  async function running(fact: Loose = {}): Promise<Held> {
    const made = await held(PODS, pod())
    const { view } = made.asker.backend
    const { revision, uid } = view.workload(KEY)!
    made.asker.backend.said(OTHER, 'node', aNodeFact('basil'))
    const said = { uid: 'u', name: 'x', workload: KEY, revision, ofPod: uid, ready: true, ...fact }
    made.asker.backend.said(OTHER, 'pod/u', aPod(OTHER, said).fact)
    return made
  }

  test('[FIN4] that is marked is to end, and its node is told how long it may take', async () => {
    const { asker, path, shown } = await running()
    const { status, value } = await asker.ask(`DELETE ${path}?gracePeriodSeconds=2`)
    expect([status, value.kind, asker.backend.hastened]).toEqual([200, 'Pod', [['u', 2_000]]])
    expect(asker.backend.view.workload(KEY)?.isEnding).toBe(true)
    expect((await shown()).value.metadata).toMatchObject({ deletionTimestamp: AT_NOON, deletionGracePeriodSeconds: 7 })
    // By force: its containers at once, its finalizers still.
    const forced = await asker.ask(`DELETE ${path}?gracePeriodSeconds=0`)
    expect([forced.status, forced.value.kind, asker.backend.hastened[1]]).toEqual([200, 'Pod', ['u', 0]])
    expect((await shown()).status).toBe(200)
  })

  test('[FIN5] is shown as being deleted while and after it ends', async () => {
    const { asker, path, patch, shown } = await running()
    await asker.ask(`DELETE ${path}`)
    asker.backend.nowMs += 9_000
    const { revision, uid } = asker.backend.view.workload(KEY)!
    const stopping = { uid: 'u', name: 'x', workload: KEY, revision, ofPod: uid, stopping: true }
    asker.backend.said(OTHER, 'pod/u', aPod(OTHER, stopping).fact)
    expect((await shown()).value).toMatchObject({ metadata: { deletionTimestamp: AT_NOON }, spec: { nodeName: 'basil' } }) // prettier-ignore
    asker.backend.said(OTHER, 'pod/u', undefined)
    expect((await shown()).value).toMatchObject({ metadata: { deletionTimestamp: AT_NOON }, status: { phase: 'Failed', reason: 'Deleted' } }) // prettier-ignore
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    const table = await asker.ask(`GET ${PODS}`, { headers: { accept } })
    expect(table.value['rows'][0].cells.slice(0, 3)).toEqual(['x', '0/1', 'Terminating'])
    await patch({ finalizers: null })
    expect((await shown()).status).toBe(404)
  })
})

describe('a namespace', () => {
  const SHOP = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  const shop = (name: string): string => `${core('configmaps', 'shop')}/${name}`

  async function withShop(finalizers: Readonly<Record<string, readonly string[]>>): Promise<Asker> {
    const asker = new Asker()
    await asker.ask(`POST ${NAMESPACES}`, { body: SHOP })
    for (const [name, each] of Object.entries(finalizers))
      await asker.ask(`POST ${core('configmaps', 'shop')}`, { body: withFinalizers(configMap(name), each) })
    return asker
  }

  test('[FIN8] waits for what in it has finalizers, and is swept away after the last', async () => {
    const asker = await withShop({ free: [], held: ['example.com/a'] })
    const { status, value } = await asker.ask(`DELETE ${NAMESPACES}/shop`)
    expect([status, value.kind, value['status']]).toEqual([200, 'Namespace', { phase: 'Terminating' }])
    expect((await asker.ask(`GET ${shop('free')}`)).status).toBe(404)
    expect((await asker.ask(`GET ${shop('held')}`)).value.metadata.deletionTimestamp).toBe(AT_NOON)
    expect(await swept(asker)).toEqual([])
    // A write of the namespace itself is no end of it.
    const label = { body: { metadata: { labels: { a: 'b' } } }, contentType: MERGE }
    expect((await asker.ask(`PATCH ${NAMESPACES}/shop`, label)).status).toBe(200)
    expect((await asker.ask(`GET ${NAMESPACES}/shop`)).value['status'].phase).toBe('Terminating')
    await asker.ask(`PATCH ${shop('held')}`, { body: { metadata: { finalizers: null } }, contentType: MERGE })
    expect(await swept(asker)).toEqual(['remove core/Namespace//shop'])
    expect((await asker.ask(`GET ${NAMESPACES}/shop`)).status).toBe(404)
    expect((await asker.ask(`POST ${NAMESPACES}`, { body: SHOP })).status).toBe(201)
  })

  test('[FIN8] that nothing holds goes at once, after what is in it', async () => {
    const asker = await withShop({ free: [] })
    asker.backend.writes = []
    expect((await asker.ask(`DELETE ${NAMESPACES}/shop`)).value.kind).toBe('Status')
    expect(asker.backend.writes.map(({ type, key }) => `${type} ${key}`)).toEqual([
      'remove core/ConfigMap/shop/free',
      'remove core/Namespace//shop',
    ])
  })

  test('[FIN8] a second delete finds nothing left in it, and needs no sweep', async () => {
    const asker = await withShop({ held: ['example.com/a'] })
    await asker.ask(`DELETE ${NAMESPACES}/shop`)
    await asker.ask(`PATCH ${shop('held')}`, { body: { metadata: { finalizers: null } }, contentType: MERGE })
    expect((await asker.ask(`DELETE ${NAMESPACES}/shop`)).value.kind).toBe('Status')
    expect((await asker.ask(`GET ${NAMESPACES}/shop`)).status).toBe(404)
  })

  test('[FIN9] that is being deleted ends its pods, also those of a Deployment that waits', async () => {
    const asker = await withShop({})
    const body = withFinalizers(deployment('web'))
    await asker.ask('POST /apis/apps/v1/namespaces/shop/deployments', { body })
    await asker.ask(`DELETE ${NAMESPACES}/shop`)
    expect(asker.backend.view.workload('apps/Deployment/shop/web')?.isEnding).toBe(true)
  })

  test('[FIN10] that is being deleted takes no new objects, in the words of kube-apiserver', async () => {
    const asker = await withShop({ held: ['example.com/a'] })
    await asker.ask(`DELETE ${NAMESPACES}/shop`)
    const { status, value } = await asker.ask(`POST /apis/apps/v1/namespaces/shop/deployments`, { body: deployment() })
    expect([status, value['message']]).toEqual([
      403,
      'deployments.apps "web" is forbidden: unable to create new content in namespace shop because it is being terminated',
    ])
    expect(value['details'].causes).toEqual([
      { reason: 'NamespaceTerminating', message: 'namespace shop is being terminated', field: 'metadata.namespace' },
    ])
    const label = { body: { metadata: { labels: { a: 'b' } } }, contentType: MERGE }
    expect((await asker.ask(`PATCH ${shop('held')}`, label)).status).toBe(200)
  })
})

describe('propagationPolicy', () => {
  const ownedBy = (owner: Loose, more: Loose = {}): Loose => ({
    ownerReferences: [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, ...more },
    ],
  })
  const BLOCKS = { blockOwnerDeletion: true }

  async function withOwned(reference: Loose, finalizers: readonly string[] = []): Promise<Asker> {
    const asker = new Asker()
    const owner = (await asker.ask(`POST ${CONFIG_MAPS}`, { body: configMap('owner') })).value
    const owned = withFinalizers(configMap('owned', ownedBy(owner, reference)), finalizers)
    await asker.ask(`POST ${CONFIG_MAPS}`, { body: owned })
    return asker
  }
  const OWNER = `${CONFIG_MAPS}/owner`
  const OWNED = `${CONFIG_MAPS}/owned`

  test('[FIN12] Foreground: it is marked, its dependents go first, and it after them', async () => {
    const asker = await withOwned(BLOCKS)
    const { status, value } = await asker.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)
    expect([status, value.metadata.finalizers, value.metadata.deletionTimestamp]).toEqual([200, ['foregroundDeletion'], AT_NOON]) // prettier-ignore
    expect(await swept(asker)).toEqual(['wait core/ConfigMap/default/owner', 'remove core/ConfigMap/default/owned'])
    expect(await swept(asker)).toEqual(['remove core/ConfigMap/default/owner'])
    expect((await asker.ask(`GET ${OWNER}`)).status).toBe(404)
  })

  test('[FIN12] a dependent that waits is waited for; other finalizers outlast the foreground', async () => {
    const asker = await withOwned(BLOCKS, ['example.com/a'])
    const off = { body: { metadata: { finalizers: null } }, contentType: MERGE }
    await asker.ask(`PATCH ${OWNER}`, { body: { metadata: { finalizers: ['example.com/b'] } }, contentType: MERGE })
    await asker.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)
    expect((await swept(asker)).toSorted()).toEqual(['mark core/ConfigMap/default/owned', 'wait core/ConfigMap/default/owner']) // prettier-ignore
    expect(await swept(asker)).toEqual(['wait core/ConfigMap/default/owner'])
    await asker.ask(`PATCH ${OWNED}`, off)
    expect(await swept(asker)).toEqual(['release core/ConfigMap/default/owner'])
    expect((await asker.ask(`GET ${OWNER}`)).value.metadata.finalizers).toEqual(['example.com/b'])
    expect(await swept(asker)).toEqual([])
    await asker.ask(`PATCH ${OWNER}`, off)
    expect((await asker.ask(`GET ${OWNER}`)).status).toBe(404)
  })

  test('[FIN12] only dependents that block it are waited for, and none that another owner keeps', async () => {
    const free = await withOwned({})
    expect((await free.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)).value.kind).toBe('Status')
    expect(await swept(free)).toEqual(['remove core/ConfigMap/default/owned'])
    const shared = await withOwned(BLOCKS)
    const other = (await shared.ask(`POST ${CONFIG_MAPS}`, { body: configMap('other') })).value
    const { ownerReferences } = (await shared.ask(`GET ${OWNED}`)).value.metadata
    const both = [...(ownerReferences ?? []), ...ownedBy(other).ownerReferences]
    await shared.ask(`PATCH ${OWNED}`, { body: { metadata: { ownerReferences: both } }, contentType: MERGE })
    await shared.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)
    expect(await swept(shared)).toEqual(['remove core/ConfigMap/default/owner'])
    expect((await shared.ask(`GET ${OWNED}`)).status).toBe(200)
  })

  test('[FIN12] Background afterwards waits for nothing, and takes the finalizer off', async () => {
    const asker = await withOwned(BLOCKS)
    await asker.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)
    expect((await asker.ask(`DELETE ${OWNER}`)).value.metadata.finalizers).toEqual(['foregroundDeletion'])
    expect((await asker.ask(`DELETE ${OWNER}?propagationPolicy=Background`)).value.kind).toBe('Status')
    expect((await asker.ask(`GET ${OWNER}`)).status).toBe(404)
  })

  test('[FIN12] a finalizer says it, too', async () => {
    const asker = await withOwned(BLOCKS)
    const patch = { body: { metadata: { finalizers: ['foregroundDeletion'] } }, contentType: MERGE }
    await asker.ask(`PATCH ${OWNER}`, patch)
    expect((await asker.ask(`DELETE ${OWNER}`)).value.kind).toBe('ConfigMap')
    expect(await swept(asker)).toContain('wait core/ConfigMap/default/owner')
  })

  test('[FIN11] Orphan: its dependents outlive it, also where a finalizer says so', async () => {
    for (const said of ['?propagationPolicy=Orphan', '']) {
      const asker = await withOwned(BLOCKS)
      if (said === '')
        await asker.ask(`PATCH ${OWNER}`, { body: { metadata: { finalizers: ['orphan'] } }, contentType: MERGE })
      expect((await asker.ask(`DELETE ${OWNER}${said}`)).value.kind).toBe('Status')
      expect(await swept(asker)).toEqual([])
      expect((await asker.ask(`GET ${OWNED}`)).value.metadata.ownerReferences ?? []).toEqual([])
    }
  })

  test('[FIN13] a Deployment in the foreground ends its pods first, and its ReplicaSets go with them', async () => {
    const { asker, workload } = await withPod()
    const sets = async (): Promise<number> => (await asker.ask('GET /apis/apps/v1/namespaces/default/replicasets')).value['items'].length // prettier-ignore
    const { lines } = await asker.lines('GET /apis/apps/v1/namespaces/default/replicasets?watch=true')
    const { value } = await asker.ask(`DELETE ${DEPLOYMENTS}/web?propagationPolicy=Foreground`)
    expect([value.kind, value.metadata.finalizers]).toEqual(['Deployment', ['foregroundDeletion']])
    expect(asker.backend.view.workload(workload)?.isEnding).toBe(true)
    expect([await swept(asker), await sets()]).toEqual([[`wait ${workload}`], 1])
    asker.backend.said(OTHER, 'pod/u', undefined)
    expect(await sets()).toBe(0)
    expect(lines.at(-1).type).toBe('DELETED')
    expect(await swept(asker)).toEqual([`remove ${workload}`])
  })

  test.each(['lost', 'agent-gone'] as const)(
    '[FIN16] pods of a node that is %s are not waited for',
    async (verdict) => {
      const { asker, workload } = await withPod()
      await asker.ask(`DELETE ${DEPLOYMENTS}/web?propagationPolicy=Foreground`)
      asker.backend.view.setVerdict(OTHER, verdict, asker.backend.nowMs)
      expect(await swept(asker)).toEqual([`${verdict === 'lost' ? 'remove' : 'wait'} ${workload}`])
      asker.backend.nowMs += 31_000
      expect(await swept(asker)).toEqual(verdict === 'lost' ? [] : [`remove ${workload}`])
    },
  )

  test('[FIN12] what owns itself, or its own owner, is waited for by nobody', async () => {
    const asker = await withOwned(BLOCKS)
    const [owner, owned] = [(await asker.ask(`GET ${OWNER}`)).value, (await asker.ask(`GET ${OWNED}`)).value]
    const circle = { metadata: { ownerReferences: [...ownedBy(owned, BLOCKS).ownerReferences, ...ownedBy(owner, BLOCKS).ownerReferences] } } // prettier-ignore
    await asker.ask(`PATCH ${OWNER}`, { body: circle, contentType: MERGE })
    expect((await asker.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)).value.kind).toBe('ConfigMap')
    for (let round = 0; round < 3; round += 1) await swept(asker)
    expect([(await asker.ask(`GET ${OWNER}`)).status, (await asker.ask(`GET ${OWNED}`)).status]).toEqual([404, 404])
  })

  test('[FIN14] dependents of dependents go before those', async () => {
    const asker = new Asker()
    const owner = (await asker.ask(`POST ${CONFIG_MAPS}`, { body: configMap('owner') })).value
    const middle = (await asker.ask(`POST ${CONFIG_MAPS}`, { body: configMap('middle', ownedBy(owner, BLOCKS)) })).value
    await asker.ask(`POST ${CONFIG_MAPS}`, { body: configMap('leaf', ownedBy(middle, BLOCKS)) })
    await asker.ask(`DELETE ${OWNER}?propagationPolicy=Foreground`)
    const gone: string[] = []
    for (let round = 0; round < 6; round += 1)
      gone.push(...(await swept(asker)).filter((step) => !step.startsWith('wait')).map((step) => step.replace('core/ConfigMap/default/', ''))) // prettier-ignore
    expect(gone).toEqual(['mark-foreground middle', 'remove leaf', 'remove middle', 'remove owner'])
  })
})
