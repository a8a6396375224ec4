import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { runsBelow } from '../real/runs.ts'
import { eventsOf, readyPodsOf, REALISED_MS, STARTED_MS, waitReady, type SeenPod } from './facts.ts'
import { DEPLOYMENTS, deployWeb, patch, webDeployment } from './manifests.ts'
import { stage } from './stage.ts'

const PODS = '/api/v1/namespaces/default/pods'

function pod(name: string, script: string, restartPolicy = 'Always'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'busybox', command: ['busybox', 'sh', '-c', script] }],
    },
  }
}

/** With a port: where its node's agent is gone, the others ask it whether it still serves. */
function server(name: string): KubeObject {
  const { spec } = webDeployment({ name, replicas: 1 }) as { spec?: { template: { spec: object } } }
  return { ...pod(name, ''), spec: spec!.template.spec }
}

const shown = (node: ProcessNode, name: string): Promise<SeenPod> => node.ok<SeenPod>('GET', `${PODS}/${name}`)

const untilPhase = (nodes: readonly ProcessNode[], name: string, phase: string): Promise<number> =>
  waitFor(`${name} to be ${phase} everywhere`, stretched(STARTED_MS), async () => {
    const pods = await Promise.all(nodes.map((node) => shown(node, name).catch(() => undefined)))
    return pods.every((each) => each?.status.phase === phase)
  })

test('[PLC15, VIEW23] Pods that somebody writes: one does its work and is done, one serves on when its machine dies', async () => {
  const { cluster, nodes } = await stage(3)
  const { directory } = cluster
  await nodes[0]!.ok('POST', PODS, pod('once', 'echo done', 'Never'))
  await nodes[1]!.ok('POST', PODS, pod('fails', 'exit 3', 'Never'))
  await nodes[2]!.ok('POST', PODS, server('serves'))
  await untilPhase(nodes, 'once', 'Succeeded')
  await untilPhase(nodes, 'fails', 'Failed')
  await waitReady(nodes, 'serves', 1, STARTED_MS)

  const before = await shown(nodes[0]!, 'serves')
  const victim = nodes.find(({ name }) => name === before.spec.nodeName)!
  const survivors = nodes.filter((node) => node !== victim)
  await victim.killAll()
  await waitFor('it to serve elsewhere', stretched(REALISED_MS), async () => {
    const pods = await Promise.all(survivors.map((node) => readyPodsOf(node, 'serves')))
    return pods.every(([one]) => one !== undefined && one.spec.nodeName !== victim.name)
  })
  // By its name and life it is the same pod.
  expect((await shown(survivors[0]!, 'serves')).metadata.uid).toBe(before.metadata.uid)

  await victim.restart()
  await waitFor('it to run once', stretched(REALISED_MS), async () => {
    const pods = await Promise.all(nodes.map((node) => shown(node, 'serves').catch(() => undefined)))
    const places = new Set(pods.map((each) => each?.spec.nodeName))
    return places.size === 1 && runsBelow(directory).length === 1
  })
  for (const [name, phase] of [
    ['once', 'Succeeded'],
    ['fails', 'Failed'],
  ] as const)
    // prettier-ignore
    expect((await shown(survivors[0]!, name)).status.phase).toBe(phase)

  for (const name of ['once', 'fails', 'serves']) await survivors[0]!.ok('DELETE', `${PODS}/${name}`)
  await waitFor('all to be gone', stretched(REALISED_MS), async () => {
    const lists = await Promise.all(nodes.map((node) => node.ok<{ items: unknown[] }>('GET', PODS)))
    return lists.every(({ items }) => items.length === 0) && runsBelow(directory).length === 0
  })
})

test('[RBK1, RBK5] an update that never gets ready is undone by the cluster, whichever node says so, and the old pods serve all along', async () => {
  const { nodes } = await stage(3)
  await deployWeb(nodes[0]!, 3)
  await waitReady(nodes, 'web', 3, STARTED_MS)
  await patch(nodes[1]!, `${DEPLOYMENTS}/web`, { spec: { progressDeadlineSeconds: 3 } })
  const images = async (): Promise<string[]> => {
    const all = await Promise.all(
      nodes.map((node) =>
        node.ok<{ spec: { template: { spec: { containers: { args?: string[]; command: string[] }[] } } } }>(
          'GET',
          `${DEPLOYMENTS}/web`,
        ),
      ),
    )
    return all.map(({ spec }) => spec.template.spec.containers[0]!.command.join(' '))
  }
  const [good] = await images()
  const bad = { name: 'web', command: ['busybox', 'sh', '-c', 'echo no database; exit 7'] }
  const merge = { spec: { template: { spec: { containers: [bad] } } } }
  await nodes[1]!.ok('PATCH', `${DEPLOYMENTS}/web`, merge, 'application/strategic-merge-patch+json')
  await waitFor('it to be brought back on all nodes', stretched(STARTED_MS), async () => {
    const serving = await readyPodsOf(nodes[2]!, 'web')
    expect(serving.length).toBeGreaterThanOrEqual(2)
    return (await images()).every((command) => command === good)
  })
  await waitReady(nodes, 'web', 3, REALISED_MS)
  const events = (await eventsOf(nodes[2]!)).filter(({ reason }) => reason === 'RolledBack')
  expect(events.map(({ message }) => message)).toEqual([expect.stringContaining('no database')])
})
