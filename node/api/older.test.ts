import { expect, test } from 'vitest'
import { Messages } from './kube/messages.ts'
import { encodeProtobuf } from './kube/testing.ts'
import { Asker, deployment, DEPLOYMENTS, type Loose } from './testing.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const autoscaler = {
  apiVersion: 'autoscaling/v1',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { scaleTargetRef, maxReplicas: 4, targetCPUUtilizationPercentage: 50 },
}
const V1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers'
const V2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers'

test.each([
  ['JSON', { body: autoscaler }],
  [
    'protobuf',
    { body: encodeProtobuf(autoscaler, new Messages()), contentType: 'application/vnd.kubernetes.protobuf' },
  ],
])('[PROTO6] an autoscaler of autoscaling/v1 in %s is kept as v2, and answered as v1', async (_form, asking) => {
  const asker = new Asker()
  const { status, value } = await asker.ask(`POST ${V1}?fieldManager=kubectl-autoscale`, asking)
  expect([status, value.apiVersion, value['spec'].targetCPUUtilizationPercentage]).toEqual([201, 'autoscaling/v1', 50])
  expect(value['spec'].metrics).toBeUndefined()
  const kept = await asker.ask(`GET ${V2}/web`)
  expect(kept.value['spec'].metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  ])
})

test('[PROTO6] an autoscaler is got by its name in an older version, as older kubectls describe it', async () => {
  const asker = new Asker()
  await asker.ask(`POST ${V1}`, { body: autoscaler })
  const { value } = await asker.ask(`GET ${V1}/web`)
  expect([value.apiVersion, value['spec'].targetCPUUtilizationPercentage]).toEqual(['autoscaling/v1', 50])
  expect((await asker.ask(`GET ${V1.replace('v1/', 'v2beta2/')}/web`)).value).toMatchObject({
    apiVersion: 'autoscaling/v2beta2',
    spec: { metrics: [{ type: 'Resource' }] },
    status: { currentReplicas: 0 },
  })
  expect((await asker.ask(`GET ${V1}/nothing`)).status).toBe(404)
})

test('[PROTO6] a mistake in it is told, and lists are asked for in the version that is served', async () => {
  const asker = new Asker()
  const bad = { ...autoscaler, spec: { ...autoscaler.spec, maxReplicas: 0 } }
  expect((await asker.ask(`POST ${V1}`, { body: bad })).value['details'].causes[0].field).toBe('spec.maxReplicas')
  const ours = await asker.ask(`POST ${V1}`, { body: { ...autoscaler, apiVersion: 'autoscaling/v3' } })
  expect([ours.status, ours.value['message']]).toEqual([400, expect.stringContaining('apiVersion of the object')])
  for (const asked of [`GET ${V1}`, `GET ${V1}?watch=true`, 'GET /apis/autoscaling/v1/horizontalpodautoscalers'])
    expect((await asker.ask(asked)).value).toMatchObject({ code: 405, message: expect.stringContaining('/apis/autoscaling/v2/') }) // prettier-ignore
  expect((await asker.ask(`DELETE ${V1}/web`)).status).toBe(404)
})

test('[PROTO6] discovery tells of older versions, after the one that has it all', async () => {
  const asker = new Asker()
  const { versions, preferredVersion } = (await asker.ask('GET /apis/autoscaling')).value as Loose
  expect(versions.map(({ version }: Loose) => version)).toEqual(['v2', 'v1', 'v2beta2', 'v2beta1'])
  expect(preferredVersion.version).toBe('v2')
  const { resources } = (await asker.ask('GET /apis/policy/v1beta1')).value as Loose
  expect(resources).toMatchObject([{ name: 'poddisruptionbudgets', verbs: expect.not.arrayContaining(['list']) }])
})

const MERGE = 'application/merge-patch+json'

test('[PROTO6] what is applied in an older version is patched in it', async () => {
  const asker = new Asker()
  await asker.ask(`POST ${V1}`, { body: autoscaler })
  const patches = [
    { body: { spec: { targetCPUUtilizationPercentage: 70 } }, contentType: MERGE },
    { body: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 6 } }, contentType: 'application/strategic-merge-patch+json' }, // prettier-ignore
  ]
  for (const asking of patches) expect((await asker.ask(`PATCH ${V1}/web`, asking)).status).toBe(200)
  const { value } = await asker.ask(`GET ${V1}/web`)
  expect(value['spec']).toMatchObject({ maxReplicas: 6, targetCPUUtilizationPercentage: 70 })
  const off = { body: { spec: { targetCPUUtilizationPercentage: null } }, contentType: MERGE }
  const { value: byDefault } = await asker.ask(`PATCH ${V1}/web`, off)
  expect(byDefault['spec'].targetCPUUtilizationPercentage).toBe(80)
  const operations = [{ op: 'replace', path: '/spec/maxReplicas', value: 9 }]
  const json = { body: operations, contentType: 'application/json-patch+json' }
  expect(await asker.ask(`PATCH ${V1}/web`, json)).toMatchObject({ status: 415 })
  const beta = await asker.ask(`PATCH ${V1.replace('v1/', 'v2beta2/')}/web`, json)
  expect([beta.status, beta.value.apiVersion, beta.value['spec'].maxReplicas]).toEqual([200, 'autoscaling/v2beta2', 9])
})

test('[PROTO6] an autoscaler of autoscaling/v2beta1, as older charts have it', async () => {
  const asker = new Asker()
  const V2BETA1 = V1.replace('v1/', 'v2beta1/')
  const metrics = [
    { type: 'Resource', resource: { name: 'cpu', targetAverageUtilization: 80 } },
    { type: 'Resource', resource: { name: 'memory', targetAverageValue: '64Mi' } },
  ]
  const body = { ...autoscaler, apiVersion: 'autoscaling/v2beta1', spec: { scaleTargetRef, maxReplicas: 4, metrics } }
  const made = await asker.ask(`POST ${V2BETA1}`, { body })
  expect([made.status, made.value['spec'].metrics]).toEqual([201, metrics])
  expect((await asker.ask(`GET ${V2}/web`)).value['spec'].metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '64Mi' } } },
  ])
})

test('[PROTO6] a budget of policy/v1beta1 is kept as v1', async () => {
  const asker = new Asker()
  const selector = { matchLabels: { app: 'web' } }
  const body = { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: { minAvailable: 1, selector } } // prettier-ignore
  const made = await asker.ask('POST /apis/policy/v1beta1/namespaces/default/poddisruptionbudgets', { body })
  expect([made.status, made.value.apiVersion]).toEqual([201, 'policy/v1beta1'])
  const kept = await asker.ask('GET /apis/policy/v1/namespaces/default/poddisruptionbudgets/web')
  expect(kept.value['spec']).toEqual({ minAvailable: 1, selector })
  const path = '/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets/web'
  const changed = { ...made.value, spec: { minAvailable: 2, selector } }
  const put = await asker.ask(`PUT ${path}`, { body: changed })
  expect([put.status, put.value.apiVersion, put.value['spec']]).toEqual([200, 'policy/v1beta1', changed.spec])
  expect((await asker.ask(`DELETE ${path}`)).status).toBe(200)
  expect((await asker.ask(`GET ${path}`)).status).toBe(404)
})

test.each([
  ['Strict', 422, []],
  ['Warn', 201, ['unknown field "spec.replicsa", did you mean "replicas"?']],
  ['Ignore', 201, []],
])('[API103] a field that does not exist, with fieldValidation=%s', async (validation, status, warnings) => {
  const asker = new Asker()
  const body = deployment('web', { replicsa: 3 })
  const answer = await asker.ask(`POST ${DEPLOYMENTS}?fieldValidation=${validation}`, { body })
  expect(answer.status).toBe(status)
  expect(answer.response.warnings).toEqual(warnings)
})

test('[PROTO1] what nothing is served for is a 404, whatever is sent there', async () => {
  const { status } = await new Asker().ask('POST /apis/batch/v1/namespaces/default/jobs', {
    body: Buffer.from('k8s'),
    contentType: 'application/vnd.kubernetes.protobuf',
  })
  expect(status).toBe(404)
})

test('[PROTO6] command lines are told of older versions', async () => {
  const { kinds } = (await new Asker().ask('GET /shoal/v1/kinds')).value as Loose
  const versions = kinds.flatMap(({ kind, olderVersions }: Loose) => (olderVersions === undefined ? [] : [[kind, olderVersions]])) // prettier-ignore
  expect(versions).toEqual([
    ['PodDisruptionBudget', ['v1beta1']],
    ['HorizontalPodAutoscaler', ['v1', 'v2beta2', 'v2beta1']],
  ])
})
