/**
 * One kubeconfig for all nodes of a cluster, made by its first node.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { shoal } from '../scenarios/shoal.ts'
import { stretched } from './patience.ts'
import { waitFor, type ProcessCluster, type ProcessNode } from './process-cluster.ts'

/** Writes `kubeconfig` into the folder, once the first node has heard of all doors. */
export async function makeKubeconfig(cluster: ProcessCluster, directory: string): Promise<void> {
  await waitFor('the nodes to have heard of all doors', stretched(10_000), async () => {
    const node = (cluster.nodes[0] as ProcessNode).socket
    const file = join(directory, 'kubeconfig')
    const made = await shoal(['kubeconfig', '--user', 'ada', '-o', file], { node })
    expect(made, made.stderr).toMatchObject({ code: 0, stdout: '' })
    const { clusters } = parse(readFileSync(file, 'utf8')) as { clusters: readonly object[] }
    return clusters.length === cluster.nodes.length + 1
  })
}

/** The context that asks this node. */
export const contextOf = ({ name }: Pick<ProcessNode, 'name'>): string => `shoal-${name}`
