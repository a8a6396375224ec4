/** Containers of a real engine that somebody else removes, or that lose their agent: what becomes of them by their ids. */
import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import { ask, type TestEngine } from '../real/engine.ts'
import { makeBusyboxImage } from '../real/images.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { PODS, shown } from './box.ts'
import { REALISED_MS, STARTED_MS, type SeenPod } from './facts.ts'
import { dockerStage } from './stage.ts'

const IMAGE = 'shoal.test/busybox:1'
/** The goal's. */
const BACK_MS = 3_000

/** As one container on the engine, or as several with one that holds their network. */
function pod(name: string, ...containers: string[]): KubeObject {
  const each = (container: string): object => ({
    name: container,
    image: IMAGE,
    imagePullPolicy: 'Never',
    command: ['busybox', 'sleep', '100000'],
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { terminationGracePeriodSeconds: 0, containers: containers.map(each) },
  }
}

interface Running {
  readonly id: string
  /** `POD`: the one that holds the network. */
  readonly name: string
}

/** As the engine itself tells. */
async function containersOf({ socket }: TestEngine, podName: string): Promise<readonly Running[]> {
  const { body } = await ask(socket, 'GET', '/containers/json')
  const all = JSON.parse(body) as { Id: string; Labels: Record<string, string> }[]
  return all
    .filter(({ Labels }) => Labels['io.kubernetes.pod.name'] === podName)
    .map(({ Id, Labels }) => ({ id: Id, name: Labels['io.kubernetes.container.name'] ?? '' }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

async function started(node: ProcessNode, object: KubeObject): Promise<void> {
  await node.ok('POST', PODS, object)
  await waitReady(node, object.metadata.name)
}

const waitReady = (node: ProcessNode, name: string): Promise<number> =>
  waitFor(`${name} to be ready`, stretched(STARTED_MS), async () => isReady(await shown(node, name)))

const isReady = ({ status }: SeenPod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true

const restartsOf = async (node: ProcessNode, name: string): Promise<number[]> =>
  (await shown(node, name)).status.containerStatuses?.map(({ restartCount }) => restartCount) ?? []

test('[LAB38] a container that is removed by hand is back within 3 s and counted, and no other is touched', async () => {
  const { nodes, engine } = await dockerStage(1, (socket) => makeBusyboxImage(socket, [IMAGE]))
  const [node] = nodes
  await started(node!, pod('alone', 'web'))
  await started(node!, pod('pair', 'one', 'two'))

  for (const { name, victim, restarts } of [
    { name: 'alone', victim: 'web', restarts: [1] },
    { name: 'pair', victim: 'one', restarts: [1, 0] },
  ]) {
    const before = await containersOf(engine, name)
    const removed = before.find((each) => each.name === victim)!
    expect(await ask(engine.socket, 'DELETE', `/containers/${removed.id}?force=true`)).toMatchObject({ status: 204 })
    await waitFor(`${victim} of ${name} to run again`, stretched(BACK_MS), async () => {
      const again = (await containersOf(engine, name)).find((each) => each.name === victim)
      return again !== undefined && again.id !== removed.id
    })
    const others = (all: readonly Running[]): readonly Running[] => all.filter((each) => each.name !== victim)
    expect(others(await containersOf(engine, name))).toEqual(others(before))
    await waitReady(node!, name)
    expect(await restartsOf(node!, name)).toEqual(restarts)
  }

  // With what holds their network all of a pod have lost it: all are made anew.
  const before = await containersOf(engine, 'pair')
  const holder = before.find(({ name }) => name === 'POD')!
  await ask(engine.socket, 'DELETE', `/containers/${holder.id}?force=true`)
  await waitFor('all of pair to run again', stretched(BACK_MS), async () => {
    const again = await containersOf(engine, 'pair')
    return again.length === before.length && again.every(({ id }) => before.every((each) => each.id !== id))
  })
})

test('[LAB39] after kill -9 of the agent the next one adopts its containers: the same ids, none started again', async () => {
  const { nodes, engine } = await dockerStage(1, (socket) => makeBusyboxImage(socket, [IMAGE]))
  const [node] = nodes
  await started(node!, pod('alone', 'web'))
  await started(node!, pod('pair', 'one', 'two'))
  const all = async (): Promise<unknown[]> =>
    Promise.all(
      [...(await containersOf(engine, 'alone')), ...(await containersOf(engine, 'pair'))].map(async ({ id }) => {
        const { body } = await ask(engine.socket, 'GET', `/containers/${id}/json`)
        const { State } = JSON.parse(body) as { State: { Pid: number; StartedAt: string } }
        return [id, State.Pid, State.StartedAt]
      }),
    )
  const before = await all()
  expect(before).toHaveLength(4)
  const uids = await Promise.all(['alone', 'pair'].map(async (name) => (await shown(node!, name)).metadata.uid))

  await node!.killAgent()
  expect(await all()).toEqual(before)
  await node!.restart()
  for (const name of ['alone', 'pair']) await waitReady(node!, name)
  // All that it found has been looked at when it has made something new.
  await started(node!, pod('later', 'web'))
  expect(await all()).toEqual(before)
  expect(await restartsOf(node!, 'alone')).toEqual([0])
  expect(await restartsOf(node!, 'pair')).toEqual([0, 0])
  const after = await Promise.all(['alone', 'pair'].map(async (name) => (await shown(node!, name)).metadata.uid))
  expect(after).toEqual(uids)

  // They are its own again: it brings back what is removed.
  const [web] = await containersOf(engine, 'alone')
  await ask(engine.socket, 'DELETE', `/containers/${web!.id}?force=true`)
  await waitFor('it to be back', stretched(REALISED_MS), async () => {
    const [again] = await containersOf(engine, 'alone')
    return again !== undefined && again.id !== web!.id
  })
})
