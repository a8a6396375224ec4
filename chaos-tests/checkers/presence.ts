/**
 * P2 begins with it: within 5 s of the last fault all who live on show one another as ready. Who was held to be away, and is
 * not, has said so by then ([DET6]).
 *
 * @module
 */
import { Violation, type Checker } from '../checker.ts'
import { read, type Cluster } from '../cluster.ts'

const WITHIN_MS = 5_000

interface SeenNode {
  readonly metadata: { readonly name: string }
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

export const presence: Checker = {
  rule: 'DET6',
  begin: () => ({
    async settle({ cluster, core, sinceMs, note }) {
      for (;;) {
        const missed = await whoMissesWhom(cluster, core)
        if (missed === undefined) break
        if (cluster.nowMs() - sinceMs > WITHIN_MS) throw new Violation('DET6', `after ${WITHIN_MS} ms ${missed}`)
        await cluster.runFor(100)
      }
      note('DET6', cluster.nowMs() - sinceMs)
    },
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
