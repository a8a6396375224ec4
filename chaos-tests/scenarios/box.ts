/**
 * A pod of one container that runs a script, and the command line as it is used with it through any node.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import { stretched } from '../real/patience.ts'
import { waitFor, type ProcessNode } from '../real/process-cluster.ts'
import { STARTED_MS, type SeenPod } from './facts.ts'
import { shoal, type Ended } from './shoal.ts'

export const PODS = '/api/v1/namespaces/default/pods'

/** Runs on until it is killed. */
export const IDLE = 'while :; do busybox sleep 0.1; done'

export interface Box {
  readonly script: string
  readonly container?: object
  readonly restartPolicy?: string
}

export function boxed(name: string, { script, container = {}, restartPolicy = 'Always' }: Box): KubeObject {
  const main = { name: 'main', image: 'busybox', command: ['busybox', 'sh', '-c', script], ...container }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { restartPolicy, terminationGracePeriodSeconds: 0, containers: [main] },
  }
}

export interface Place {
  /** Where it runs, and a node where it does not. */
  readonly near: ProcessNode
  readonly far: ProcessNode
}

/** Writes the pod; resolves when all nodes say that it runs. */
export async function running(nodes: readonly ProcessNode[], object: KubeObject): Promise<Place> {
  const { name } = object.metadata
  await nodes[0]!.ok('POST', PODS, object)
  await waitFor(`${name} to run`, stretched(STARTED_MS), async () => {
    const pods = await Promise.all(nodes.map((node) => shown(node, name).catch(() => undefined)))
    return pods.every((each) => each?.status.phase === 'Running')
  })
  const { spec } = await shown(nodes[0]!, name)
  const near = nodes.find((node) => node.name === spec.nodeName)!
  return { near, far: nodes.find((node) => node !== near)! }
}

export const shown = (node: ProcessNode, name: string): Promise<SeenPod> => node.ok<SeenPod>('GET', `${PODS}/${name}`)

/** The command line, told to ask this node. */
export const on = ({ socket }: ProcessNode, words: readonly string[], input?: string): Promise<Ended> =>
  shoal(words, { env: { SHOAL_NODE: socket }, ...(input === undefined ? {} : { input }) })
