import { expect, test } from 'vitest'
import { Messages } from './kube/messages.ts'
import { encodeProtobuf } from './kube/testing.ts'
import { Asker, deployment, DEPLOYMENTS } from './testing.ts'

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

test('[PROTO6] a mistake in it is told, and nothing else of that version is served', async () => {
  const asker = new Asker()
  const bad = { ...autoscaler, spec: { ...autoscaler.spec, maxReplicas: 0 } }
  expect((await asker.ask(`POST ${V1}`, { body: bad })).value['details'].causes[0].field).toBe('spec.maxReplicas')
  const ours = await asker.ask(`POST ${V1}`, { body: { ...autoscaler, apiVersion: 'autoscaling/v3' } })
  expect([ours.status, ours.value['message']]).toEqual([400, expect.stringContaining('apiVersion of the object')])
  expect((await asker.ask(`GET ${V1}`)).status).toBe(404)
  expect((await asker.ask(`DELETE ${V1}/web`)).status).toBe(404)
  expect((await asker.ask('GET /apis/autoscaling')).value['versions']).toHaveLength(1)
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
