/**
 * P2 begins with it: within 5 s of the last fault all who live on show one another as ready. Who was held to be away, and is
 * not, has said so by then ([DET6]).
 *
 * @module
 */
import { comesRight, type Checker } from '../checker.ts'
import { read, type Cluster } from '../cluster.ts'

const WITHIN_MS = 5_000

interface SeenNode {
  readonly metadata: { readonly name: string }
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

export const presence: Checker = {
  rule: 'DET6',
  begin: () => ({
    settle: (settled) =>
      comesRight(settled, {
        rule: 'DET6',
        withinMs: WITHIN_MS,
        everyMs: 100,
        wrong: () => whoMissesWhom(settled.cluster, settled.core),
      }),
  }),
}

async function whoMissesWhom(cluster: Cluster, core: readonly string[]): Promise<string | undefined> {
  for (const machine of core) {
    const { items } = await read<{ items: readonly SeenNode[] }>(cluster, machine, '/api/v1/nodes')
    for (const other of core) {
      const node = items.find(({ metadata }) => metadata.name === cluster.nodeOf(other))
      const ready = node?.status.conditions.find(({ type }) => type === 'Ready')?.status
      if (ready !== 'True') return `${machine} shows ${other} as ${ready ?? 'nothing'}`
    }
  }
  return undefined
}
