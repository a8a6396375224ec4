import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { eventsOf, readyPodsOf, STARTED_MS, waitReady } from './facts.ts'
import { DEPLOYMENTS, patch, SERVICES, webService } from './manifests.ts'
import { shoal } from './shoal.ts'
import { doorOf, stage } from './stage.ts'

const MAPS = '/api/v1/namespaces/default/configmaps'
const REPLICAS = 2

/** Serves its level, and cannot live with a bad one. */
const PROGRAM = `
const { HOST, PORT, LEVEL } = process.env
if (LEVEL === 'bad') { console.log('cannot work with level bad'); process.exit(7) }
require('node:http').createServer((_, response) => response.end(LEVEL)).listen(Number(PORT), HOST)
process.on('SIGTERM', () => process.exit(0))
`

const configMap: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'app', namespace: 'default' },
  data: { level: 'one' },
}

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', annotations: { 'shoal.dev/rollout-on-change': 'true' } },
  spec: {
    replicas: REPLICAS,
    progressDeadlineSeconds: 6,
    selector: { matchLabels: { app: 'web' } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'web',
            image: 'shoal.dev/demo:1',
            command: ['node', '--max-old-space-size=32', '-e', PROGRAM],
            env: [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'app', key: 'level' } } }],
            ports: [{ name: 'http', containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
}

async function numbers(node: ProcessNode): Promise<number[]> {
  const workload = encodeURIComponent('apps/Deployment/default/web')
  const { revisions } = await node.ok<{ revisions: { number: number }[] }>('GET', `/shoal/v1/revisions?workload=${workload}`) // prettier-ignore
  return revisions.map(({ number }) => number)
}

async function levelOf(node: ProcessNode): Promise<string> {
  return (await node.ok<{ data: { level: string } }>('GET', `${MAPS}/app`)).data.level
}

/** Every node has these revisions and that level, so many pods are ready, and whoever is asked serves it. */
async function settled(nodes: readonly ProcessNode[], level: string, revisions: readonly number[]): Promise<void> {
  let last: unknown
  await waitFor(`level ${level} in revisions ${revisions.join()}`, stretched(2 * STARTED_MS), async () => {
    const seen = await Promise.all(
      nodes.map(async (node) => ({
        level: await levelOf(node),
        revisions: await numbers(node),
        ready: (await readyPodsOf(node, 'web')).length,
        served: await fetch(`http://${doorOf(node)}/`).then((answer) => answer.text(), String),
      })),
    )
    last = seen
    const wanted = { level, revisions, ready: REPLICAS, served: level }
    return seen.every((each) => JSON.stringify(each) === JSON.stringify(wanted))
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}`, { cause: error })
  })
}

test('[ONC2, RBK8, API102] a ConfigMap is rolled out, a bad one is brought back whole, and undo goes back further', async () => {
  const { nodes } = await stage(3)
  const [one, two, three] = nodes as [ProcessNode, ProcessNode, ProcessNode]
  await one.ok('POST', SERVICES, webService())
  await one.ok('POST', MAPS, configMap)
  await one.ok('POST', DEPLOYMENTS, deployment)
  await waitReady(nodes, 'web', REPLICAS, STARTED_MS)
  await settled(nodes, 'one', [1])

  await patch(two, `${MAPS}/app`, { data: { level: 'two' } })
  await settled(nodes, 'two', [1, 2])

  await patch(three, `${MAPS}/app`, { data: { level: 'bad' } })
  await waitFor('the bad one to be rolled out', stretched(STARTED_MS), async () => (await numbers(one)).includes(3))
  // What ran before comes back under a new number, and stays: nothing goes forward again.
  await settled(nodes, 'two', [1, 3, 4])
  const told = (await eventsOf(one)).filter(({ reason }) => reason === 'RolledBack')
  // Two nodes may do it at one moment, and write the same.
  expect(told.length).toBeGreaterThan(0)
  for (const { message } of told)
    expect(message).toMatch(/cannot work with level bad[^]*with it came back ConfigMap\/app/)

  const history = await shoal(['rollout', 'history', 'web'], { node: two.socket })
  expect(history.stdout).toMatch(/1 .*ConfigMap\/app \(differs from now\)/)
  const undo = await shoal(['rollout', 'undo', 'web', '--to-revision', '1'], { node: two.socket })
  expect(undo, undo.stderr).toMatchObject({ code: 0 })
  expect(undo.stdout).toBe('ConfigMap/app restored\ndeployment.apps/web rolled back to revision 1\n')
  await settled(nodes, 'one', [3, 4, 5])
})
