import { expect, test } from 'vitest'
import { aNode, aPod } from '../control/sample.ts'
import { Asker, OTHER, SELF } from './testing.ts'

/** What two nodes measured of two pods and of one that nobody knows; a third did not answer. */
function measured(): Asker {
  const asker = new Asker()
  asker.backend.said(SELF, 'node', aNode('amber').fact)
  asker.backend.said(OTHER, 'node', aNode('basil').fact)
  for (const [uid, name] of [['u1', 'web-1'], ['u2', 'web-2']] as const) asker.backend.said(OTHER, `pod/${uid}`, aPod(OTHER, { uid, name }).fact) // prettier-ignore
  const pods = { u1: { web: [250, 1_024], side: [50, 1_024] }, stranger: { web: [1, 1] } } as const
  asker.backend.usagesSaid = [
    { node: SELF, fact: { overMs: 15_000, pods: {} } },
    { node: OTHER, fact: { overMs: 15_000, pods } },
  ]
  asker.backend.missing = ['clover']
  return asker
}

test('[API92] usage tells what pods and nodes take, and who did not answer', async () => {
  const asker = measured()
  const { value } = await asker.ask('GET /shoal/v1/usage')
  const capacity = { cpuMilli: 4_000, memoryBytes: 4 * 2 ** 30 }
  expect(value).toEqual({
    nodes: [
      { name: 'amber', overMs: 15_000, cpuMilli: 0, memoryBytes: 0, capacity },
      { name: 'basil', overMs: 15_000, cpuMilli: 300, memoryBytes: 2 * 2 ** 20, capacity },
    ],
    pods: [
      {
        namespace: 'default',
        name: 'web-1',
        node: 'basil',
        overMs: 15_000,
        cpuMilli: 300,
        memoryBytes: 2 * 2 ** 20,
        containers: [
          { name: 'web', cpuMilli: 250, memoryBytes: 2 ** 20 },
          { name: 'side', cpuMilli: 50, memoryBytes: 2 ** 20 },
        ],
      },
    ],
    missing: ['clover'],
  })
})

const METRICS = '/apis/metrics.k8s.io/v1beta1'

test('[KUBE60] nodes and pods have their metrics, with labels, and who did not answer is named', async () => {
  const asker = measured()
  const { status, value, response } = await asker.ask(`GET ${METRICS}/namespaces/default/pods`)
  expect(status).toBe(200)
  expect(response.warnings).toContain('without what clover measured: no answer from there')
  const [pod] = value['items']
  expect(value).toMatchObject({ kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' })
  expect(pod).toMatchObject({
    kind: 'PodMetrics',
    metadata: { name: 'web-1', namespace: 'default' },
    window: '15.000s',
    containers: [
      { name: 'web', usage: { cpu: '250m', memory: '1024Ki' } },
      { name: 'side', usage: { cpu: '50m', memory: '1024Ki' } },
    ],
  })
  const { value: nodes } = await asker.ask(`GET ${METRICS}/nodes`)
  expect(nodes['items']).toMatchObject([
    { kind: 'NodeMetrics', metadata: { name: 'amber' }, usage: { cpu: '0m', memory: '0Ki' } },
    { metadata: { name: 'basil', labels: { 'kubernetes.io/hostname': 'basil' } }, usage: { cpu: '300m', memory: '2048Ki' } }, // prettier-ignore
  ])
})

test('[KUBE60] of one, of all namespaces, by labels, as a table; of a pod that nothing was measured of there are none', async () => {
  const asker = measured()
  const names = async (path: string): Promise<string[]> =>
    (await asker.ask(`GET ${METRICS}/${path}`)).value['items'].map(({ metadata }: { metadata: { name: string } }) => metadata.name) // prettier-ignore
  expect(await names('pods')).toEqual(['web-1'])
  expect(await names('namespaces/shop/pods')).toEqual([])
  expect(await names('nodes?labelSelector=kubernetes.io/hostname=basil')).toEqual(['basil'])
  expect((await asker.ask(`GET ${METRICS}/namespaces/default/pods/web-1`)).value.metadata.name).toBe('web-1')
  const missing = await asker.ask(`GET ${METRICS}/namespaces/default/pods/web-2`)
  expect([missing.status, missing.value['message']]).toEqual([404, 'pods.metrics.k8s.io "web-2" not found'])
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const { value } = await asker.ask(`GET ${METRICS}/nodes`, { headers: { accept } })
  expect(value['rows'].map(({ cells }: { cells: string[] }) => cells[1])).toEqual(['0m', '300m'])
})

test.each(['POST pods', 'DELETE nodes/amber', 'GET pods?watch=true'])('[KUBE60] %s is a 405', async (line) => {
  const [method, path] = line.split(' ')
  const { status } = await measured().ask(`${method} ${METRICS}/${path}`)
  expect(status).toBe(405)
})

test('[KUBE60] who may not read pods may not read what they take', async () => {
  const user = { name: 'eve', groups: ['system:authenticated'] }
  const { status } = await measured().ask(`GET ${METRICS}/pods`, { user })
  expect(status).toBe(403)
})
