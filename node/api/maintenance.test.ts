import { describe, expect, test } from 'vitest'
import { aNode, aPod } from '../control/sample.ts'
import { Asker, DEPLOYMENTS, deployment, OTHER, type Loose } from './testing.ts'

const KEY = 'apps/Deployment/default/web'
const PODS = '/api/v1/namespaces/default/pods'
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
const NODES = '/api/v1/nodes'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'

const budget = (spec: object) => ({
  metadata: { name: 'guard' },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
})

/** `web` with pods `u0`, `u1`... on a node, all ready. */
async function withPods(count = 2): Promise<Asker> {
  const asker = new Asker()
  asker.backend.said(OTHER, 'node', aNode('basil').fact)
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment('web', { replicas: count }) })
  const { revision } = asker.backend.view.workload(KEY)!
  for (let index = 0; index < count; index++) {
    const fact = { uid: `u${index}`, name: `web-${index}`, revision, index, ready: true, phase: 'Running' } as const
    asker.backend.said(OTHER, `pod/u${index}`, aPod(OTHER, fact).fact)
  }
  return asker
}

const ends = ({ backend }: Asker): Loose => Object.fromEntries(backend.view.workload(KEY)!.ends)
const annotations = ({ backend }: Asker): Loose => backend.view.stored(KEY)?.object.metadata.annotations

describe('[API67] a node', () => {
  test('is cordoned, tainted and labelled as kubectl does', async () => {
    const asker = await withPods()
    const cordon = { body: { spec: { unschedulable: true } }, contentType: STRATEGIC }
    expect((await asker.ask(`PATCH ${NODES}/basil`, cordon)).value['spec']).toEqual({ unschedulable: true })
    const taints = [{ key: 'disk', value: 'slow', effect: 'NoSchedule' }]
    await asker.ask(`PATCH ${NODES}/basil`, { body: { spec: { taints } }, contentType: STRATEGIC })
    await asker.ask(`PATCH ${NODES}/basil`, { body: { metadata: { labels: { rack: 'r1' } } }, contentType: MERGE })
    expect((await asker.ask(`GET ${NODES}/basil`)).value).toMatchObject({
      metadata: { labels: { rack: 'r1' } },
      spec: { unschedulable: true, taints },
    })
    const uncordon = { body: { spec: { unschedulable: null, taints: null } }, contentType: STRATEGIC }
    expect((await asker.ask(`PATCH ${NODES}/basil`, uncordon)).value['spec']).toEqual({})
  })

  test.each([
    ['POST', '', 405],
    ['DELETE', '', 409],
    ['PATCH', '/nobody', 404],
  ])('is not made: %s %s is a %i', async (method, path, code) => {
    const asker = await withPods()
    const asking = {
      body: method === 'PATCH' ? {} : { metadata: { name: 'x' } },
      contentType: method === 'PATCH' ? 'application/vnd.shoal.apply+json' : 'application/json',
    }
    expect((await asker.ask(`${method} ${NODES}${path}`, asking)).status).toBe(code)
    expect(asker.backend.view.stored('core/Node//nobody')).toBeUndefined()
  })

  test.each(['agent-gone', 'lost'] as const)('[DEP1] is deleted while it is %s', async (verdict) => {
    const asker = await withPods()
    await asker.ask(`PATCH ${NODES}/basil`, { body: { spec: { unschedulable: true } }, contentType: STRATEGIC })
    asker.backend.view.setVerdict(OTHER, verdict, 0)
    expect((await asker.ask(`DELETE ${NODES}/basil?dryRun=All`)).status).toBe(200)
    expect((await asker.ask(`GET ${NODES}/basil`)).status).toBe(200)
    expect((await asker.ask(`DELETE ${NODES}/basil`)).value).toMatchObject({ status: 'Success', details: { name: 'basil', kind: 'nodes' } }) // prettier-ignore
    expect((await asker.ask(`GET ${NODES}/basil`)).status).toBe(404)
    expect((await asker.ask(`DELETE ${NODES}/basil`)).status).toBe(404)
    expect(asker.backend.view.stored('core/Node//basil')?.object).toMatchObject({
      metadata: { annotations: { [`departed.shoal.dev/${OTHER}`]: expect.stringMatching(/^2\d{3}-/) } },
    })
    expect(asker.backend.view.stored('core/Node//basil')?.object['spec']).toBeUndefined()
  })

  test.each([
    ['alive', 'run `shoal down` there'],
    ['unreachable', 'when it is lost'],
  ] as const)('[DEP3] is not deleted while it is %s', async (verdict, hint) => {
    const asker = await withPods()
    asker.backend.view.setVerdict(OTHER, verdict, 0)
    const answer = await asker.ask(`DELETE ${NODES}/basil`)
    expect([answer.status, answer.value['reason']]).toEqual([409, 'Conflict'])
    expect(answer.value['message']).toContain(hint)
    expect(asker.backend.view.stored('core/Node//basil')).toBeUndefined()
  })
})

describe('[GRACE1] gracePeriodSeconds', () => {
  test.each([
    ['?gracePeriodSeconds=-1', {}],
    ['?gracePeriodSeconds=soon', {}],
    ['', { gracePeriodSeconds: -1 }],
    ['', { gracePeriodSeconds: 1.5 }],
    ['', { gracePeriodSeconds: '5' }],
    ['', { gracePeriodSeconds: 86_401 }],
  ])('of %j and %j is refused by its name, and nothing is deleted', async (query, body) => {
    const asker = await withPods()
    const answer = await asker.ask(`DELETE ${PODS}/web-0${query}`, { body })
    expect([answer.status, answer.value['details'].causes[0].field]).toEqual([422, 'gracePeriodSeconds'])
    expect(asker.backend.view.workload(KEY)?.ends.size).toBe(0)
  })

  test.each([
    ['of the query', '?gracePeriodSeconds=7', {}, 7_000],
    ['of the body, which counts for more', '?gracePeriodSeconds=7', { gracePeriodSeconds: 0 }, 0],
  ])('%s is told to the node of the pod', async (_, query, body, graceMs) => {
    const asker = await withPods()
    expect((await asker.ask(`DELETE ${PODS}/web-0${query}`, { body })).status).toBe(200)
    expect(asker.backend.hastened).toEqual([['u0', graceMs]])
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web-0' }, deleteOptions: { gracePeriodSeconds: 3 } } // prettier-ignore
    await asker.ask(`POST ${PODS}/web-0/eviction`, { body: eviction })
    expect(asker.backend.hastened.slice(1)).toEqual([['u0', 3_000]])
  })

  test('is told to nobody in a dry run, nor where it was not said', async () => {
    const asker = await withPods()
    await asker.ask(`DELETE ${PODS}/web-0?dryRun=All&gracePeriodSeconds=0`)
    await asker.ask(`DELETE ${PODS}/web-0`)
    expect(asker.backend.hastened).toEqual([])
  })

  test('[GRACE2] that the node could not be told is a warning', async () => {
    const asker = await withPods()
    asker.backend.missing = ['basil']
    const answer = await asker.ask(`DELETE ${PODS}/web-0?gracePeriodSeconds=0`)
    expect(answer.response.warnings).toEqual([
      expect.stringContaining('node basil could not be told of gracePeriodSeconds'),
    ])
  })
})

describe('[API64] a pod of a Deployment that is deleted', () => {
  test('is to end, as its Deployment says, which wants as many as before', async () => {
    const asker = await withPods()
    expect((await asker.ask(`DELETE ${PODS}/web-0`)).value).toMatchObject({
      status: 'Success',
      details: { name: 'web-0' },
    })
    expect(ends(asker)).toEqual({ u0: 'delete' })
    expect(asker.backend.view.workload(KEY)).toMatchObject({ replicas: 2, generation: 1 })
  })

  test('[END2] is forgotten with the next one once it has gone, and an eviction does not take it back', async () => {
    const asker = await withPods()
    await asker.ask(`DELETE ${PODS}/web-0`)
    await asker.ask(`POST ${PODS}/web-0/eviction`)
    expect(ends(asker)).toEqual({ u0: 'delete' })
    asker.backend.said(OTHER, 'pod/u0', undefined)
    await asker.ask(`DELETE ${PODS}/web-1`)
    expect(annotations(asker)).toEqual({ 'ends.shoal.dev/u1': 'delete' })
  })

  test('stays where the uid of the precondition is another, and in a dry run', async () => {
    const asker = await withPods()
    const body = { preconditions: { uid: 'other' } }
    expect((await asker.ask(`DELETE ${PODS}/web-0`, { body })).status).toBe(409)
    expect((await asker.ask(`DELETE ${PODS}/web-0?dryRun=All`)).status).toBe(200)
    expect(ends(asker)).toEqual({})
  })

  test('[API66] is refused where too many are being ended', async () => {
    const asker = await withPods(258)
    const uids = Array.from({ length: 256 }, (_, index) => [`ends.shoal.dev/u${index}`, 'delete'])
    const body = { metadata: { annotations: Object.fromEntries(uids) } }
    await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body, contentType: MERGE })
    expect((await asker.ask(`DELETE ${PODS}/web-257`)).value).toMatchObject({
      code: 429,
      message: expect.stringContaining('256'),
    })
  })
})

describe('[API65] an eviction', () => {
  const evict = (asker: Asker, name = 'web-0', body?: unknown) => asker.ask(`POST ${PODS}/${name}/eviction`, { body })

  test('is taken where no budget is against it, and nothing else is asked of the pod', async () => {
    const asker = await withPods()
    await asker.ask(`POST ${BUDGETS}`, { body: budget({ minAvailable: 1 }) })
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web-0' } }
    expect((await evict(asker, 'web-0', body)).status).toBe(201)
    expect(ends(asker)).toEqual({ u0: 'evict' })
  })

  test('is a 429 with the name of the budget that is against it', async () => {
    const asker = await withPods()
    await asker.ask(`POST ${BUDGETS}`, { body: budget({ maxUnavailable: 0 }) })
    expect((await evict(asker)).value).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: expect.stringContaining('budget guard needs 2 healthy pods and has 2'),
      details: { causes: [{ reason: 'DisruptionBudget' }] },
    })
    expect(ends(asker)).toEqual({})
  })

  test.each([
    [{ minAvailable: 1 }, 201],
    [{ minAvailable: 2 }, 429],
    [{ minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 201],
  ])('of a pod that does not serve, with %j: %i', async (spec, status) => {
    const asker = await withPods()
    const { revision } = asker.backend.view.workload(KEY)!
    asker.backend.said(OTHER, 'pod/u0', aPod(OTHER, { uid: 'u0', name: 'web-0', revision, index: 0 }).fact)
    await asker.ask(`POST ${BUDGETS}`, { body: budget(spec) })
    expect((await evict(asker)).status).toBe(status)
  })

  test('of a Pod that somebody wrote deletes it', async () => {
    const asker = new Asker()
    const pod = { metadata: { name: 'lone' }, spec: { containers: [{ name: 'a', image: 'a' }] } }
    await asker.ask(`POST ${PODS}`, { body: pod })
    const { revision } = asker.backend.view.workload('core/Pod/default/lone')!
    asker.backend.said(
      OTHER,
      'pod/u',
      aPod(OTHER, { uid: 'u', name: 'lone', workload: 'core/Pod/default/lone', revision }).fact,
    )
    expect((await evict(asker, 'lone')).status).toBe(201)
    expect(asker.backend.view.stored('core/Pod/default/lone')).toBeUndefined()
  })

  test.each([
    ['another kind', { kind: 'Pod' }, 400],
    ['another name', { metadata: { name: 'web-1' } }, 400],
    ['another uid', { deleteOptions: { preconditions: { uid: 'x' } } }, 409],
    ['a dry run', { deleteOptions: { dryRun: ['All'] } }, 201],
  ])('with %s changes nothing: %j is a %i', async (_, body, status) => {
    const asker = await withPods()
    expect((await evict(asker, 'web-0', body)).status).toBe(status)
    expect(ends(asker)).toEqual({})
  })
})

test('[API68] leaving tells what each pod waits for that is to leave a node', async () => {
  const asker = await withPods()
  await asker.ask(`PATCH ${NODES}/basil`, {
    body: { metadata: { annotations: { 'shoal.dev/drain': 'pods' } }, spec: { unschedulable: true } },
    contentType: MERGE,
  })
  const { value } = await asker.ask('GET /shoal/v1/leaving?node=basil')
  expect(value['leaving']).toMatchObject([
    { uid: 'u0', pod: 'web-0', why: 'node basil is drained', waitsFor: 'a node that takes its successor' },
    { uid: 'u1' },
  ])
  expect((await asker.ask('GET /shoal/v1/leaving?node=other')).value['leaving']).toEqual([])
})
