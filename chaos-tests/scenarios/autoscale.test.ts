import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { eventsOf, readyPodsOf, STARTED_MS, waitReady } from './facts.ts'
import { DEPLOYMENTS, webDeployment } from './manifests.ts'
import { stage } from './stage.ts'

/** Three measures, the windows, every turn and a pod's start. */
const SCALED_MS = 90_000

const AUTOSCALER: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    maxReplicas: 3,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
    behavior: {
      scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 1 }] },
      scaleDown: { stabilizationWindowSeconds: 5, policies: [{ type: 'Percent', value: 100, periodSeconds: 1 }] },
    },
  },
}

/** Turns in circles for as long as a file is there. */
function busyDeployment(file: string): KubeObject {
  const web = webDeployment({ replicas: 1 }) as KubeObject & { spec: { template: { spec: { containers: object[] } } } }
  const command = ['/bin/sh', '-c', `while [ -e ${file} ]; do :; done; exec sleep 1000`]
  const resources = { requests: { cpu: '20m', memory: '8Mi' } }
  web.spec.template.spec.containers = [{ name: 'web', image: 'shoal.dev/demo:1', command, resources }]
  return web
}

test('[HPA9, TOP1] a busy pod becomes three, and one again when there is nothing to do', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-busy-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'busy')
  writeFileSync(file, '')
  const { nodes } = await stage(3)
  const [first, second] = nodes as [ProcessNode, ProcessNode]
  await first.ok('POST', DEPLOYMENTS, busyDeployment(file))
  await waitReady(nodes, 'web', 1, STARTED_MS)
  await second.ok('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', AUTOSCALER)
  const until = (count: number): Promise<unknown> =>
    waitFor(`${count} pods`, stretched(SCALED_MS), async () => (await readyPodsOf(second, 'web')).length === count)
  await until(3)
  expect(first.shoal('top', 'pods')).toMatch(/web-\S+ +\d+m +\d+Mi/)
  expect(first.shoal('get', 'hpa')).toMatch(/web +Deployment\/web +cpu: \d+%\/50% +1 +3 +3/)
  rmSync(file)
  await until(1)
  const said = (await eventsOf(second)).filter(({ reason }) => reason === 'SuccessfulRescale')
  expect(said.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^web: from 1 to 3 replicas: cpu is at \d+ % of what was asked for, 50 % is wanted$/),
  )
})
