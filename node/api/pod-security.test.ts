import { expect, test } from 'vitest'
import { Asker, DEPLOYMENTS, deployment } from './testing.ts'
import type { Loose } from './testing.ts'

const PODS = '/api/v1/namespaces/shop/pods'
const LABEL = 'pod-security.kubernetes.io/'

function onHostNetwork(): Record<string, Loose> {
  const body = deployment()
  body['spec'].template.spec.hostNetwork = true
  return body
}

const pod = (spec: object = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'lone', namespace: 'shop' },
  spec: { containers: [{ name: 'web', image: 'x:1' }], ...spec },
})

async function withShop(labels: Record<string, string>): Promise<Asker> {
  const asker = new Asker()
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }
  expect((await asker.ask('POST /api/v1/namespaces', { body })).status).toBe(201)
  return asker
}

test('[PSS3] a Deployment that violates the baseline is refused as a whole, with the label that would allow it', async () => {
  const asker = new Asker()
  const { status, value } = await asker.ask(`POST ${DEPLOYMENTS}`, { body: onHostNetwork() })
  expect(status).toBe(422)
  expect(value['message']).toContain('spec.template.spec.hostNetwork: Forbidden: must not be true')
  expect(value['message']).toContain('label the namespace default with pod-security.kubernetes.io/enforce=privileged')
  expect(asker.backend.writes).toEqual([])
})

test('[PSS3] a namespace says what its pods may do', async () => {
  const hostPath = { volumes: [{ name: 'v', hostPath: { path: '/srv' } }] }
  const lax = await withShop({ [`${LABEL}enforce`]: 'privileged' })
  expect((await lax.ask(`POST ${PODS}`, { body: pod(hostPath) })).status).toBe(201)
  const strict = await withShop({ [`${LABEL}enforce`]: 'restricted' })
  const { status, value } = await strict.ask(`POST ${PODS}`, { body: pod() })
  expect(status).toBe(422)
  expect(value['message']).toContain('spec.containers[0].securityContext.runAsNonRoot: Forbidden')
  expect(value['message']).toContain('label the namespace shop with pod-security.kubernetes.io/enforce=baseline')
  const usual = await withShop({})
  const refused = await usual.ask(`POST ${PODS}`, { body: pod(hostPath) })
  expect(refused.value['message']).toContain('spec.volumes[0].hostPath: Forbidden: must not be used')
})

test.each(['warn', 'audit'])('[PSS3] %s makes warnings, and lets the write through', async (mode) => {
  const asker = await withShop({ [`${LABEL}${mode}`]: 'restricted' })
  const { status, response } = await asker.ask(`POST ${PODS}`, { body: pod() })
  expect(status).toBe(201)
  expect(response.warnings).toEqual([
    expect.stringContaining(
      'would violate the Pod Security Standard "restricted": [spec.containers[0].securityContext',
    ),
  ])
})

test('[PSS3] a write that leaves the pods as they are is not asked about again, any other is', async () => {
  const asker = await withShop({ [`${LABEL}enforce`]: 'privileged' })
  const path = '/apis/apps/v1/namespaces/shop/deployments'
  await asker.ask(`POST ${path}`, { body: onHostNetwork() })
  const namespace = { metadata: { labels: { [`${LABEL}enforce`]: 'baseline' } } }
  const contentType = 'application/merge-patch+json'
  await asker.ask('PATCH /api/v1/namespaces/shop', { body: namespace, contentType })
  const change = (spec: object) => asker.ask(`PATCH ${path}/web`, { body: { spec }, contentType })
  expect((await change({ replicas: 5 })).status).toBe(200)
  expect((await change({ template: { spec: { terminationGracePeriodSeconds: 5 } } })).status).toBe(422)
})

test('[PSS3] a missing namespace is told before what it would enforce', async () => {
  expect((await new Asker().ask(`POST ${PODS}`, { body: pod({ hostPID: true }) })).value).toMatchObject({ code: 404 })
})
